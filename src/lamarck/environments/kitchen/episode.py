"""One shift: the rules of what can be done, and what the other cook does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lamarck.environments.kitchen.shift import Shift

SKILLS = ("onion", "dish", "serve", "wait")
"""Bring an onion to the pot; take a dish; fill it at the full pot and serve; do nothing."""


@dataclass(kw_only=True)
class ShiftEpisode:
    """The pot and what both hold. Each turn both cooks do one thing, oneself first; each costs a turn.

    The score is the share of the wanted soups that were served, whoever served them.
    """

    shift: Shift
    seen: str = ""
    turn: int = 0
    pot: int = 0
    served: int = 0
    dish: bool = False
    other_dish: bool = False

    def __post_init__(self) -> None:
        self.seen = self.seen or self._state()

    @property
    def over(self) -> bool:
        """All soups are served, or all turns are used."""
        return self.served >= self.shift.soups or self.turn >= self.shift.limit

    @property
    def score(self) -> float:
        """Soups served, as a share of those wanted."""
        return min(1.0, self.served / self.shift.soups)

    def refused(self, action: str, /) -> str:
        """Why this cannot be done now, "" where it can."""
        skill = parsed(action)
        full = self.pot >= self.shift.need
        if skill == "onion":
            return "the pot is full" if full else ""
        if skill == "dish":
            return "you hold a dish already" if self.dish else ""
        if skill == "serve" and not self.dish:
            return "you hold no dish"
        if skill == "serve":
            return "" if full else f"the pot has {self.pot} of {self.shift.need} onions"
        return "" if skill else f"'{action[:60]}' is no skill; the skills are: {', '.join(SKILLS)}"

    def act(self, action: str, /) -> None:
        """Do this, or lose the turn; the other cook does something too."""
        if self.over:
            return
        self.turn += 1
        why, skill = self.refused(action), parsed(action)
        if not why:
            self.dish = self._done(skill, self.dish)
        other = self._partner()
        self.other_dish = self._done(other, self.other_dish)
        mine = f"Nothing happens: {why}." if why else f"You: {skill}."
        self.seen = f"{mine} The other cook: {other}. {self._state()}"

    def _done(self, skill: str, dish: bool) -> bool:
        """Do what can be done. Out: whether this cook holds a dish now."""
        if skill == "onion":
            self.pot = min(self.shift.need, self.pot + 1)
        if skill == "serve":
            self.pot, self.served = 0, self.served + 1
        return dish if skill in ("onion", "wait") else skill == "dish"

    def _partner(self) -> str:
        """What the other cook does in this turn; it never does what cannot be done."""
        role, full = self.shift.role(self.turn), self.pot >= self.shift.need
        if role == "fetcher":
            return "wait" if full else "onion"
        if role == "server" and not self.other_dish:
            return "dish"
        return "serve" if role == "server" and full else "wait"

    def _state(self) -> str:
        pot = f"The pot has {self.pot} of {self.shift.need} onions"
        hands = f"you hold {'a dish' if self.dish else 'nothing'}"
        return f"{pot}, {hands}, {self.served} of {self.shift.soups} soups are served."


def parsed(action: str) -> str:
    """The skill that an action names, "" where it names none, or more than one."""
    named = {word for word in re.findall(r"[a-z]+", action.lower()) if word in SKILLS}
    return named.pop() if len(named) == 1 else ""
