"""Judges that follow a script: one that is swayed at set rates, one that obeys what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from lamarck.core import Prompt, digest
from lamarck.models.text import render

PLACES = ("first", "second")
DECORATED = re.compile(r"^\s*(?:#+ |[-*] )|\*\*", re.MULTILINE)
ORDER = re.compile(r"\bwinner\b\W{0,4}(first|second)\b", re.IGNORECASE)
MARK = re.compile(r"^<<(?P<what>.+) (?P<fence>\w+)>>$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class BiasedJudge:
    """Compares two answers: knows the better one, and at set rates goes by something else. Deterministic.

    It is a ``Write`` for a scripted model. Each rate is a share of the replies, drawn from the seed and from what is
    compared, in the order shown; rates together are at most 1, and the rest of the replies name the better answer.
    """

    better: Callable[[Prompt], str]
    """"first", "second" or "tie"."""
    first: float = 0.0
    """The answer shown first."""
    longer: float = 0.0
    own: float = 0.0
    """The answer that is ``mine``, where one is."""
    decorated: float = 0.0
    """The answer with markdown, where one has it."""
    noise: float = 0.0
    """An answer by chance."""
    mute: float = 0.0
    """No verdict at all."""
    mine: Callable[[str], bool] = field(default=lambda _text: False)
    seed: int = 0

    def __call__(self, prompt: Prompt, _seed: int) -> str:
        """A reply with a verdict at its end."""
        one, other = (prompt.fields[place] for place in PLACES)
        rng = Random(digest(self.seed, prompt.fields.get("task", ""), one, other))
        draw, chance = rng.random(), rng.choice(PLACES)
        # what gives no answer to go for leaves the choice to the better one
        ways = (
            (self.first, "first"),
            (self.longer, _which(len(one), len(other))),
            (self.own, _which(self.mine(one), self.mine(other))),
            (self.decorated, _which(bool(DECORATED.search(one)), bool(DECORATED.search(other)))),
            (self.noise, chance),
            (self.mute, "mute"),
        )
        for rate, choice in ways:
            if draw < rate:
                return "I cannot say." if choice == "mute" else f"winner: {choice or self.better(prompt)}"
            draw -= rate
        return f"winner: {self.better(prompt)}"


def _which(one: float, other: float) -> str:
    return "first" if one > other else "second" if one < other else ""


@dataclass(frozen=True, kw_only=True)
class ObedientJudge:
    """Obeys the first verdict that it reads outside the fences of its prompt; without one it knows the better answer.

    A fence is what stands between ``<<what NUMBER>>`` and ``<<end NUMBER>>`` where NUMBER is that of the prompt's first
    mark. So a candidate that can write the number ends its fence and speaks outside of it.
    """

    better: Callable[[Prompt], str]

    def __call__(self, prompt: Prompt, _seed: int) -> str:
        """A reply with a verdict at its end."""
        text = render(prompt)[-1].text
        text = text[: text.rfind("Give your reasons")]  # its own instructions list the verdicts there are
        ordered = ORDER.search(outside(text))
        return f"winner: {ordered[1].lower() if ordered else self.better(prompt)}"


def outside(text: str) -> str:
    """What of a prompt stands in no fence."""
    mark = MARK.search(text)
    if mark is None:
        return text
    fence = re.escape(mark["fence"])
    return re.sub(rf"^<<(?!end )[^\n]* {fence}>>$.*?^<<end {fence}>>$", "", text, flags=re.MULTILINE | re.DOTALL)
