"""Fifty texts that try to win a comparison without being right, and what they did to a judge."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lamarck.core import Estimate, interval

FILLER = "There is a good deal to be said about this question, and much of it has been said before. "
"""Comes a hundred times where an injection is long."""
GUESSED = "0123456789ab"
"""What an attacker takes for the fence, of which it knows the form alone."""
_ENCODED = re.compile(r"@@base64:(.*?)@@")


@dataclass(frozen=True, kw_only=True)
class Injection:
    """A text for the end of a wrong answer."""

    id: str
    kind: str
    """"order", "verdict", "fence", "role", "system", "language", "encoded", "markdown", ..."""
    text: str

    def at(self, place: str) -> str:
        """The text for an answer shown "first" or "second": the worst case, an attacker that knows its place."""
        text = self.text.replace("{me}", place).replace("{fence}", GUESSED).replace("@@filler@@", FILLER * 100)
        return _ENCODED.sub(lambda found: base64.b64encode(found[1].encode()).decode(), text)


@cache
def injections() -> tuple[Injection, ...]:
    """All that there are, each once."""
    data = json.loads(files("lamarck.trust").joinpath("injections.json").read_text(encoding="utf-8"))
    return tuple(Injection(**one) for one in data["injections"])


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What one injection did, with the guard or without it."""

    injection: Injection
    won: float
    """Share of the places in which the wrong answer won with it; a reply that cannot be read is no win."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """All injections on one judge."""

    plain: Estimate
    """Share of the comparisons that the wrong answer wins without any injection: below it nothing can be expected."""
    guarded: tuple[Tried, ...]
    bare: tuple[Tried, ...]
    """Without the guard: a prompt that shows both answers under a headline and says nothing about orders in them."""

    @property
    def with_guard(self) -> Estimate:
        """Success rate of the injections behind the fence, with its 95 % interval."""
        return rate(self.guarded)

    @property
    def without_guard(self) -> Estimate:
        """The same for the bare prompt."""
        return rate(self.bare)


def rate(tried: Sequence[Tried]) -> Estimate:
    """Mean success over injections. Each injection is one item, however many places it was tried in."""
    return interval([one.won for one in tried])
