"""One version of a memory: exact search over all that it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import get_args

import numpy as np

from lamarck.core import By, Entry, UsageError, unknown
from lamarck.likeness.clusters import clusters
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.memory.buckets import buckets
from lamarck.memory.entries import NOWHERE, Entries
from lamarck.memory.segment import Segment, segment
from lamarck.memory.session import Session
from lamarck.memory.words import Rows, Scores

Where = Callable[[Entry], bool]
CLOSE = 1e-5
"""How far two products in single precision may be out of order, with room to spare."""
FEWEST = 32
"""Entries ranked at a time, at least."""
DEPTH = 100
"""Of each ranking so many are fused, at least."""
START = 1
"""Of k-means, in every version: what entries say beside their words moves no cluster."""
FUSED = 60
"""What is added to a rank before rankings are fused; the paper's."""


@dataclass(frozen=True, eq=False)
class Version:
    """Core's ``Memory``. It never changes, so any number of threads may read it.

    Nearness is the cosine of the vectors, exactly: one product over all entries, then the best of
    them again in double precision, so that neither place nor machine breaks a tie: the older entry
    goes first.
    """

    name: str
    embedder: Embedder
    entries: Entries = field(default_factory=Entries)
    _groups: dict[tuple[int, str], list[Rows]] = field(default_factory=dict[tuple[int, str], list[Rows]], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def search(
        self,
        query: str,
        k: int,
        /,
        *,
        kind: str = "",
        where: Where | None = None,
        by: By = "meaning",
        within: int | None = None,
        superseded: bool = False,
    ) -> list[Entry]:
        """The k best entries, best first: those of this kind and bucket for which ``where`` holds.

        By "words" it is BM25, and what shares no word with the query is not found. By "both" the best
        of either ranking are fused: 1 / (60 + its rank) in each, summed. Raises: UsageError for another ``by``.
        """
        if by not in get_args(By):
            raise unknown("way to search", by, get_args(By), "give it as memory.search(..., by=...)")
        rows = self.entries.of(kind)
        rows = rows if superseded else self.entries.standing(rows)
        rows = rows if within is None else self.entries.within(rows, within)
        if by == "both":
            depth = max(k, DEPTH)
            ranks = [list(islice(self._kept(each, where), depth)) for each in self._rankings(query, depth, rows)]
            return [self.entries[at] for at in fused(ranks)[: max(k, 0)]]
        ranking = self._words(query, k, rows) if by == "words" else self._meaning(query, k, [rows])[0]
        return [self.entries[at] for at in islice(self._kept(ranking, where), max(k, 0))]

    def bucket(self, text: str, /) -> int:
        """The bucket of a text, in every version that this embedder made."""
        return int(buckets(self.embedder([text]))[0])

    def spread(
        self, query: str, k: int, groups: int, /, *, kind: str = "", where: Where | None = None
    ) -> list[list[Entry]]:
        """The k nearest entries of each of so many clusters, best first; a cluster without any is left out.

        The clusters are those of k-means over all entries of the kind, whatever the query is. They
        depend on the version alone, are made when first asked for, and come in order of their
        oldest entries. What is superseded is passed over.
        """
        rows = [self.entries.standing(each) for each in self._clustered(groups, kind)]
        kept = [islice(self._kept(each, where), max(k, 0)) for each in self._meaning(query, k, rows)]
        return [found for each in kept if (found := [self.entries[at] for at in each])]

    def session(self, stream: str, /) -> Session:
        """A copy-on-write overlay for one dialogue; its writes leave as data."""
        return Session(stream, self)

    def plus(self, name: str, added: Segment | Sequence[Entry], gone: Rows) -> Version:
        """A version with more entries, and without those at ``gone``."""
        new = added if isinstance(added, Segment) else segment(added, self.embedder)
        return Version(name, self.embedder, self.entries.plus(new, gone))

    def places(self, entries: Sequence[Entry]) -> Rows:
        """Where these entries are. Raises: UsageError for one that is not here."""
        found = self.entries.find(entries)
        for entry, rows in zip(entries, found, strict=True):
            if not len(rows):
                here = f"memory '{self.name}' holds no such entry to forget: {entry.text[:60]!r}"
                raise UsageError(f"{here}; give it as memory.entries gives it, whole")
        return np.unique(np.concatenate([NOWHERE, *found]))

    @property
    def vectors(self) -> Floats:
        """A row an entry, in their order."""
        segments = self.entries.segments
        if len(segments) == 1 and len(segments[0]) == len(self.entries):
            return segments[0].vectors
        return self.entries.vectors(np.arange(len(self.entries)))

    def _clustered(self, groups: int, kind: str) -> list[Rows]:
        with self._lock:  # whoever comes second waits instead of doing it again
            if (groups, kind) not in self._groups:
                rows = self.entries.of(kind)
                vectors = self.entries.vectors(rows) if kind else self.vectors
                labels = clusters(vectors, groups, START)
                found = [rows[labels == label] for label in range(int(labels.max(initial=-1)) + 1)]
                self._groups[groups, kind] = found
            return self._groups[groups, kind]

    def _kept(self, ranking: Iterable[int], where: Where | None) -> Iterator[int]:
        return iter(ranking) if where is None else (at for at in ranking if where(self.entries[at]))

    def _rankings(self, query: str, k: int, rows: Rows) -> list[Iterator[int]]:
        return [*self._meaning(query, k, [rows]), self._words(query, k, rows)]

    def _words(self, query: str, k: int, rows: Rows) -> Iterator[int]:
        scores = self.entries.bm25(query)[rows]
        hit = scores > 0
        return ranked(rows[hit], scores[hit], k)

    def _meaning(self, query: str, k: int, groups: Sequence[Rows]) -> list[Iterator[int]]:
        vector = self.embedder([query])[0]

        def exact(near: Rows) -> Scores:
            # row by row: a matrix product may round equal rows differently
            return (self.entries.vectors(near).astype(np.float64) * vector).sum(axis=1)

        products = self.entries.products(vector, np.concatenate([NOWHERE, *groups]))
        parts = np.split(products, np.cumsum([len(rows) for rows in groups], dtype=np.int64))  # and an empty one
        return [ranked(rows, part, k, exact) for rows, part in zip(groups, parts, strict=False)]


def ranked(rows: Rows, scores: Floats | Scores, k: int, exact: Callable[[Rows], Scores] | None = None) -> Iterator[int]:
    """These rows, best first, the older of equals first; only as many are ordered as are asked for.

    ``exact`` scores anew those that scores in single precision call near.
    """
    told, wanted = 0, max(2 * k, FEWEST)
    while told < len(rows):
        wanted = min(wanted, len(rows))
        least = np.partition(scores, -wanted)[-wanted]
        is_near = scores >= (least - CLOSE if exact else least)
        near = rows[is_near]
        order = np.lexsort((near, -(exact(near) if exact else scores[is_near])))
        yield from near[order][told:wanted].tolist()
        told, wanted = wanted, 4 * wanted


def fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    """One ranking of several, the older of equals first.

    Source: reciprocal rank fusion, Cormack et al. 2009.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, at in enumerate(ranking, start=1):
            scores[at] = scores.get(at, 0.0) + 1 / (FUSED + rank)
    return sorted(scores, key=lambda at: (-scores[at], at))
