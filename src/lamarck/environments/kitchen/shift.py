"""What is to be cooked, and with whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

PARTNERS = ("fetcher", "server", "lazy", "switcher")
"""Brings onions; serves; does nothing; brings onions and from some turn on serves."""
NEED, SOUPS, SPARE, SWITCH = (2, 5), (2, 6), (0, 12), (2, 6)
"""Smallest and largest: onions in a soup, soups wanted, turns to spare, turn of the change."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One shift in the kitchen."""

    partner: str
    need: int
    """Onions that make a soup."""
    soups: int
    limit: int
    """Turns."""
    switch: int = 0
    """The turn from which a switcher serves."""

    @property
    def text(self) -> str:
        """All of it on one line; equal for equal shifts."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def role(self, turn: int) -> str:
        """What the other cook is in this turn, counted from 1."""
        if self.partner != "switcher":
            return self.partner
        return "fetcher" if turn < self.switch else "server"


def read(text: str) -> Shift:
    """The shift of its line."""
    return Shift(**json.loads(text))


def draw(partners: Sequence[str], at: int, rng: Random) -> Shift:
    """A random shift with one of the partners; alone it could just be done."""
    partner, need, soups = partners[at % len(partners)], rng.randint(*NEED), rng.randint(*SOUPS)
    alone = soups * (need + 2)
    return Shift(
        partner=partner,
        need=need,
        soups=soups,
        limit=alone + rng.randint(*SPARE),
        switch=rng.randint(*SWITCH) if partner == "switcher" else 0,
    )
