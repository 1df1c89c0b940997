"""The entries of a version, wherever they were added."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Entry
from lamarck.likeness.embedder import Floats
from lamarck.memory.segment import Segment
from lamarck.memory.words import Rows, Scores, bm25

GATHERED = 3
"""Where fewer than one in so many entries are looked at, their vectors are gathered first."""
NOWHERE: Rows = np.zeros(0, np.int64)
"""No place at all."""


@dataclass(frozen=True, eq=False)
class Entries(Sequence[Entry]):
    """Entries, oldest first, decoded when they are asked for; a part of what the segments hold."""

    segments: tuple[Segment, ...] = ()
    rows: Rows = field(default_factory=lambda: NOWHERE)
    """Those that are left, counted over all segments."""

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int, /) -> Entry: ...
    @overload
    def __getitem__(self, at: slice, /) -> list[Entry]: ...
    def __getitem__(self, at: int | slice, /) -> Entry | list[Entry]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        row = int(self.rows[at])
        which = bisect(self._begins, row) - 1  # for one row far quicker than numpy
        return self.segments[which].entry(row - self._begins[which])

    def plus(self, added: Segment, gone: Rows) -> Entries:
        """These without those at ``gone``, and then the added ones."""
        start = int(self._starts[-1])
        left: Rows = np.delete(self.rows, gone)
        new: Rows = np.arange(start, start + len(added))
        return Entries((*self.segments, added), np.concatenate([left, new]))

    def find(self, wanted: Sequence[Entry]) -> list[Rows]:
        """For each wanted entry the places of those equal to it."""
        wished = {entry.text for entry in wanted}
        alike: dict[str, list[int]] = {}
        which, inner = self._places(self.rows)
        for at in range(len(self)) if wanted else ():
            text = self.segments[int(which[at])].text(int(inner[at]))
            if text in wished:
                alike.setdefault(text, []).append(at)
        return [np.array([at for at in alike.get(e.text, ()) if self[at] == e], np.int64) for e in wanted]

    def of(self, kind: str) -> Rows:
        """The places of the entries of a kind; "" = all."""
        if kind not in self._kinds:
            found = np.concatenate([np.zeros(0, np.bool_), *(s.of(kind) for s in self.segments)])
            self._kinds[kind] = np.flatnonzero(found[self.rows]) if kind else np.arange(len(self))
        return self._kinds[kind]

    def vectors(self, at: Rows | None = None) -> Floats:
        """The vectors of the entries at these places, or of all; a row an entry."""
        if at is None and len(self.segments) == 1 and len(self.segments[0]) == len(self):
            return self.segments[0].vectors
        which, inner = self._places(self.rows if at is None else self.rows[at])
        if len(which) and bool((which == which[0]).all()):  # one copy instead of two
            one: Floats = self.segments[int(which[0])].vectors[inner]
            return one
        found = np.zeros((len(which), self.segments[0].vectors.shape[1] if self.segments else 0), np.float32)
        for number in np.unique(which):
            here = which == number
            found[here] = self.segments[number].vectors[inner[here]]
        return found

    def numbers(self, starts: Sequence[int]) -> Rows:
        """The number of each entry where the first segments begin at these; entries of further segments have none."""
        known = self.rows[: int(np.searchsorted(self.rows, self._begins[len(starts)]))]
        which, inner = self._places(known)
        return np.array(starts, np.int64)[which] + inner

    def products(self, vector: Floats, rows: Rows) -> Floats:
        """The inner product of this vector with that of each entry at ``rows``, in single precision."""
        if len(rows) < len(self) / GATHERED:
            return self.vectors(rows) @ vector
        found = np.concatenate([np.zeros(0, np.float32), *(s.vectors @ vector for s in self.segments)])
        return found[self.rows[rows]]

    def bm25(self, query: str, rows: Rows) -> Scores:
        """How well the words of the entries at these places fit a query, among all."""
        return bm25(query, [s.postings for s in self.segments], self.rows, rows)

    def within(self, rows: Rows, bucket: int) -> Rows:
        """Those of these places whose entries are in a bucket."""
        found = np.concatenate([NOWHERE, *(s.buckets for s in self.segments)])
        return rows[found[self.rows[rows]] == bucket]

    def standing(self, rows: Rows) -> Rows:
        """Those of these places whose entries are not superseded."""
        return rows if self._superseded is None else rows[~self._superseded[rows]]

    @cached_property
    def _superseded(self) -> NDArray[np.bool_] | None:
        """For each entry whether it is superseded; None where none is."""
        found = np.concatenate([np.zeros(0, np.bool_), *(s.superseded for s in self.segments)])[self.rows]
        return found if found.any() else None

    @cached_property
    def _kinds(self) -> dict[str, Rows]:
        return {}

    @cached_property
    def _begins(self) -> list[int]:
        return self._starts.tolist()

    @cached_property
    def _starts(self) -> Rows:
        return np.cumsum(np.array([0, *map(len, self.segments)]))

    def _places(self, rows: Rows) -> tuple[Rows, Rows]:
        """For each row of all segments its segment, and its row there."""
        which = np.searchsorted(self._starts, rows, side="right") - 1
        return which, rows - self._starts[which]
