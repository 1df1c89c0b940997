"""Turns of a dialogue: who speaks when, what a reply adds, and the dialogue as its roles read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lamarck.core import Experience, Message, Prompt, Solution, Usage

JOIN = "_"
"""Parts the intents of one turn; before the first it means that the same role speaks on."""
STRANGERS = ("user", "assistant", "human")
"""Names of parties that models write turns for, whatever the roles are called."""
_SENTENCE = re.compile(r".*[.!?。！？…][\"'”’)\]]*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One turn that is planned."""

    role: str
    intents: str = ""
    """What the turn is for, several joined as in ``PA_GG``; "" = whatever the role likes."""
    goes_on: bool = False
    """The role of the turn before speaks again."""

    @property
    def word(self) -> str:
        """As a sequence says it: ``_NF``."""
        return JOIN * self.goes_on + self.intents


@dataclass(kw_only=True)
class Talk:
    """A dialogue under way. Its first turn is the task's words."""

    experience: Experience
    steps: Sequence[Step]
    """All turns, the first included."""
    turns: list[Message] = field(default_factory=list[Message])
    """What followed the first."""
    asked: Prompt | None = None
    """What the last role was asked first."""
    used: Usage = field(default_factory=Usage)
    ended: str = ""
    """Why it broke off, "" while it goes on."""

    @property
    def whole(self) -> list[Message]:
        """All turns so far, each with its author."""
        opening = Message(role="user", text=self.experience.task.messages[-1].text, author=self.steps[0].role)
        return [opening, *self.turns]

    @property
    def next(self) -> Step | None:
        """Whose turn it is, None where it is over."""
        at = len(self.turns) + 1
        return self.steps[at] if at < len(self.steps) and not self.ended else None

    def spent(self, more: Usage) -> None:
        """Add what a reply took."""
        prompt, completion = self.used.prompt + more.prompt, self.used.completion + more.completion
        self.used = Usage(prompt=prompt, completion=completion, seconds=self.used.seconds + more.seconds)

    def told(self, *, flat: bool = False) -> str:
        """The dialogue as text, who speaks before every turn; ``flat``: every turn on one line."""
        texts = [" ".join(turn.text.split()) if flat else turn.text for turn in self.whole]
        return "\n".join(f"{called(turn.author)}: {text}" for turn, text in zip(self.whole, texts, strict=True))

    def seen_by(self, role: str) -> tuple[Message, ...]:
        """The dialogue as a chat in which this role is the assistant and everybody else the user."""
        seen = list(self.experience.task.messages[:-1])
        for turn in self.whole:
            side = "assistant" if turn.author == role else "user"
            if seen and seen[-1].role == side:  # chats go in turn
                seen[-1] = Message(role=side, text=f"{seen[-1].text}\n\n{turn.text}")
            else:
                seen.append(Message(role=side, text=turn.text))
        return tuple(seen)


def called(role: str) -> str:
    """A role's name before its turns."""
    return role.replace("_", " ").capitalize()


def in_turn(roles: Sequence[str], last: str, turns: int) -> list[Step]:
    """The first turn and at most so many after it; a turn after the last of ``last`` is not worth asking for."""
    steps = [Step(role=roles[at % len(roles)]) for at in range(turns + 1)]
    while len(steps) > 1 and steps[-1].role != last:
        steps.pop()
    return steps


def by_intent(sequence: str, roles: Sequence[str]) -> list[Step]:
    """The steps of a sequence such as ``OQ PA_GG FQ _NF``."""
    steps, at = list[Step](), -1
    for word in sequence.split():
        goes_on = word.startswith(JOIN) and bool(steps)
        at += not goes_on
        steps.append(Step(role=roles[at % len(roles)], intents=word.strip(JOIN), goes_on=goes_on))
    return steps


def heard(reply: Solution, role: str, roles: Sequence[str], *, alone: bool) -> tuple[str, str]:
    """The turn that a reply holds; "" and why where it holds none.

    ``alone``: its own name before it goes, and it ends where it goes on for somebody else. What was cut off for its
    length ends with its last whole sentence.
    """
    if reply.stop not in ("stop", "length"):
        return "", f"a turn ended by {reply.stop}"
    text, why = reply.text.strip(), "a turn says nothing"
    if alone:
        text = re.sub(_marks([role]), "", text, count=1) if re.match(_marks([role]), text) else text
        if found := re.search(_marks([*roles, *STRANGERS]), text):
            text, why = text[: found.start()].strip(), "a turn speaks for somebody else alone"
    if reply.stop == "length":
        whole = _SENTENCE.match(text)
        text, why = whole[0] if whole else "", "a turn was cut off in its first sentence"
    return text, "" if text else why


def _marks(names: Sequence[str]) -> str:
    """A name and a colon where a line begins."""
    either = "|".join(re.escape(called(name)) for name in dict.fromkeys(names))
    return rf"(?im)^[ \t>*_#<\[(]*(?:{either})[ \t*_\])>]*:[ \t*_]*"
