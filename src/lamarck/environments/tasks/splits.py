"""Which items a learner may see when: practice, selection, sealed, and no question in two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from lamarck.core import Split, UsageError
from lamarck.environments.tasks.item import Item

OWN: Mapping[str, Split] = {
    "train": "practice", "training": "practice", "practice": "practice",
    "validation": "selection", "valid": "selection", "val": "selection", "dev": "selection", "development": "selection",
    "selection": "selection",
    "test": "sealed", "testing": "sealed", "sealed": "sealed", "heldout": "sealed", "held-out": "sealed",
}  # fmt: skip
"""A file's own words for its splits. Others (BIG-bench's, MBPP's "prompt") are practice."""
SHARE = 20
"""Of a hundred, for selection and for sealed each."""
FEWEST = 3
"""Tasks a table must have."""
SMALL = 100
"""Below it the shares are cut exactly, so that no split of a small table is empty."""
FURTHEST: tuple[Split, ...] = ("sealed", "selection", "practice")


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """Items by split, each in an order of its own that does not depend on the file's."""

    items: Mapping[Split, tuple[Item, ...]]
    duplicates: int
    conflicts: int


def dealt(items: Sequence[Item]) -> Dealt:
    """The items by split: the file's own where it names at least practice and one more, or "selection" for all of
    them, which are then there to measure by and nothing else; else by their keys.

    A key decides alone (but in small tables), so an item keeps its split when others join the file. A case that must
    pass is looked at every round, so it is of the selection split. Of items with one key the one held furthest out
    stays, before all others one that must pass. Raises: UsageError for too few items.
    """
    named = {OWN.get(item.split.casefold(), "practice" if item.split else None) for item in items}
    own = "practice" in named and len(named - {None}) > 1
    own |= {item.split.casefold() for item in items} == {"selection"}
    order: dict[Split | None, int] = {split: at for at, split in enumerate(FURTHEST)}
    splits: dict[int, Split | None] = {
        id(item): "selection" if item.must_pass else OWN.get(item.split.casefold(), "practice") if own else None
        for item in items
    }
    first = dict[str, Item]()
    conflicts = 0
    for item in sorted(items, key=lambda each: (not each.must_pass, order.get(splits[id(each)], 0))):
        kept = first.setdefault(item.key, item)
        conflicts += kept.reference != item.reference
    unique = sorted(first.values(), key=lambda item: _draw(item.key))
    if len(unique) < FEWEST:
        raise UsageError(f"there are {len(unique)} different tasks; give at least {FEWEST}: some are held out")
    found: dict[Split, list[Item]] = {"practice": [], "selection": [], "sealed": []}
    loose = [item for item in unique if not splits[id(item)]]
    at = {id(item): number for number, item in enumerate(loose)}
    for item in unique:
        found[splits[id(item)] or _by_key(item.key, at[id(item)], len(loose))].append(item)
    if own:
        _filled(found)
    tuples: dict[Split, tuple[Item, ...]] = {split: tuple(each) for split, each in found.items()}
    return Dealt(items=tuples, duplicates=len(items) - len(unique), conflicts=conflicts)


def _by_key(key: str, at: int, total: int) -> Split:
    """Fractions of the digests' range, or of the items in order of their digests where there are few."""
    share = _draw(key) * 100 // 2**64 if total >= SMALL else at
    held = SHARE if total >= SMALL else max(1, total * SHARE // 100)
    return "sealed" if share < held else "selection" if share < 2 * held else "practice"


def _filled(found: dict[Split, list[Item]]) -> None:
    """Where the file names no selection split, a part of its practice is held back; sealed may stay empty."""
    if all(item.must_pass for item in found["selection"]):
        practice = found["practice"]
        size = max(1, min(len(practice) * SHARE // 100, 500))
        found["selection"], found["practice"] = found["selection"] + practice[:size], practice[size:]


def _draw(key: str) -> int:
    return int.from_bytes(sha256(f"lamarck/tasks/1 {key}".encode()).digest()[:8], "big")
