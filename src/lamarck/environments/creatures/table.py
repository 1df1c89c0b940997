"""Which group a creature is of: by two of its features and its kind's truth table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

FEATURES: Mapping[str, tuple[str, str]] = {
    "crest": ("tall", "flat"),
    "tail": ("long", "short"),
    "back": ("striped", "spotted"),
    "legs": ("red", "grey"),
    "eyes": ("round", "narrow"),
    "voice": ("shrill", "deep"),
    "skin": ("smooth", "rough"),
    "belly": ("white", "yellow"),
    "gait": ("swift", "slow"),
    "nest": ("high", "low"),
}
"""What every creature has, one of two."""
KINDS = ("bird", "fish", "beetle")
"""The nodes of the ability tree; each kind has a table of its own."""
GROUPS = ("A", "B", "C", "D")
Signs = tuple[int, ...]
"""For each feature which of the two, in their order."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The hidden rule of a kind: two features, and a group for each of their four combinations."""

    features: tuple[int, int]
    groups: tuple[str, str, str, str]

    def group(self, signs: Sequence[int]) -> str:
        """The group of a creature."""
        one, other = self.features
        return self.groups[2 * signs[one] + signs[other]]


def table(kind: str, *, drifted: bool = False) -> Table:
    """The rule of a kind; after the drift each pair of combinations has changed its groups."""
    rng = Random(f"creatures {kind}")
    one, other = sorted(rng.sample(range(len(FEATURES)), 2))
    a, b, c, d = rng.sample(GROUPS, len(GROUPS))
    return Table(features=(one, other), groups=(b, a, d, c) if drifted else (a, b, c, d))


def words(kind: str, signs: Sequence[int]) -> str:
    """A creature in words: ``bird: tail short, crest tall, ...``.

    Each has an order of its own, or many a creature of one split would be told in the words of one of another.
    """
    told = [f"{name} {pair[sign]}" for (name, pair), sign in zip(FEATURES.items(), signs, strict=True)]
    Random(f"creatures {kind} {signs}").shuffle(told)
    return f"{kind}: {', '.join(told)}"


def rule(kind: str, signs: Sequence[int], group: str) -> str:
    """What a creature's group teaches about all that are like it where it counts."""
    names = list(FEATURES)
    told = (f"{names[at]} {FEATURES[names[at]][signs[at]]}" for at in table(kind).features)
    return f"If {kind}: {', '.join(told)}, then {group}."
