"""What a version sees of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lamarck.likeness.embedder import Floats
from lamarck.memory.entries import Entries
from lamarck.memory.index import Index
from lamarck.memory.ranking import CLOSE
from lamarck.memory.words import Rows

MOST = 4
"""Where more than one list in so many would have to be looked into, all entries are."""
HELD = 8
"""Times as many entries as are wanted should be in the lists looked into, with the filter counted."""
GOOD = 0.98
"""Share of the ten nearest that is found where an index is tried."""
QUERIES, TOP = 100, 10


@dataclass(frozen=True, eq=False)
class Near:
    """An index's numbers for the entries of a version, oldest first; those a dialogue added have none."""

    index: Index
    numbers: Rows
    looked: int
    """Lists that a search looks into at least."""

    def candidates(self, vector: Floats, k: int, turn: int, rows: Rows) -> tuple[Rows, bool] | None:
        """Places of the k nearest of the entries at ``rows``, in no order, and whether there may be more in the lists.

        With each turn more lists are looked into. What no index holds is added. None where it is as well to
        look at all.
        """
        known = int(np.searchsorted(rows, len(self.numbers)))
        looked = max(self.looked << turn, HELD * k * len(self.index) // max(known, 1))
        if not known or looked > len(self.index) // MOST:
            return None
        allowed = self.numbers if known == len(self.numbers) else self.numbers[rows[:known]]
        found = self.index.nearest(vector, k, looked, allowed)
        # numbers grow with places: a version's segments came into the index in their order
        places = np.searchsorted(self.numbers, np.sort(found))
        return np.concatenate([places, rows[known:]]), len(found) == k


def enough(index: Index, some: Entries, starts: Sequence[int]) -> int:
    """The fewest lists, doubled from one on, in which the nearest of some entries are found; 0 where it takes too many.

    Tried with a few of them as queries, and the others as what a filter leaves: their nearest lie further
    apart than those of all.
    """
    vectors, numbers = some.vectors(), some.numbers(starts)
    asked = np.arange(0, len(some), max(len(some) // QUERIES, 2))
    among = np.delete(np.arange(len(some)), asked)
    looked, wanted = 1, vectors[among] @ vectors[asked].T
    least = np.partition(wanted, -TOP, axis=0)[-TOP] - CLOSE
    while MOST * looked <= len(index):
        hits = 0
        for vector, bound in zip(vectors[asked], least, strict=True):
            found = index.nearest(vector, TOP, looked, numbers[among])
            hits += int((vectors[np.searchsorted(numbers, found)] @ vector >= bound).sum())
        if hits >= GOOD * TOP * len(asked):
            return looked
        looked *= 2
    return 0
