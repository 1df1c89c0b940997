"""One version of a memory: exact search over all that it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from typing import get_args

import numpy as np

from lamarck.core import By, Entry, UsageError, unknown
from lamarck.likeness.clusters import clusters
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.memory.buckets import buckets
from lamarck.memory.entries import NOWHERE, Entries
from lamarck.memory.indexes import Indexes
from lamarck.memory.near import Near
from lamarck.memory.ranking import CLOSE, FEWEST, exactly, fused, ranked
from lamarck.memory.segment import Segment, segment
from lamarck.memory.session import Session
from lamarck.memory.words import Rows, Scores

Where = Callable[[Entry], bool]
DEPTH = 100
"""Of each ranking so many are fused, at least."""
START = 1
"""Of k-means, in every version: what entries say beside their words moves no cluster."""


@dataclass(frozen=True, eq=False)
class Version:
    """Core's ``Memory``. It never changes, so any number of threads may read it.

    Nearness is the cosine of the vectors, exactly: one product over all entries, then the best of
    them again in double precision, so that neither place nor machine breaks a tie: the older entry
    goes first. Past 100,000 entries an index says which may be the best (see ``Indexes``), and they
    are ranked in the same way; where a kind, a bucket or ``where`` leaves few, and in :meth:`spread`,
    all are looked at.
    """

    name: str
    embedder: Embedder
    entries: Entries = field(default_factory=Entries)
    indexes: Indexes = field(default_factory=Indexes)
    names: tuple[str, ...] = ()
    """The versions it stands on and its own, but for what a dialogue wrote: one for each of the first segments."""
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
        ranking = self._words(query, k, rows) if by == "words" else self._nearest(query, k, rows)
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
        vector = self.embedder([query])[0]
        kept = [islice(self._kept(each, where), max(k, 0)) for each in self._ranked(vector, k, rows)]
        return [found for each in kept if (found := [self.entries[at] for at in each])]

    def session(self, stream: str, /) -> Session:
        """A copy-on-write overlay for one dialogue; its writes leave as data."""
        return Session(stream, self)

    def plus(self, added: Sequence[Entry], gone: Rows) -> Version:
        """This with more entries of a dialogue, and without those at ``gone``."""
        entries = self.entries.plus(segment(added, self.embedder), gone)
        return Version(self.name, self.embedder, entries, self.indexes, self.names)

    def next(self, name: str, added: Segment, gone: Rows) -> Version:
        """The version of this name that was made of this one."""
        names = (*self.names, name)
        return Version(name, self.embedder, self.entries.plus(added, gone), self.indexes, names)

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
        return self.entries.vectors()

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
        return [self._nearest(query, k, rows), self._words(query, k, rows)]

    def _words(self, query: str, k: int, rows: Rows) -> Iterator[int]:
        scores = self.entries.bm25(query, rows)
        hit = scores > 0
        return ranked(rows[hit], scores[hit], k)

    def _nearest(self, query: str, k: int, rows: Rows) -> Iterator[int]:
        """All of these places, the nearest first; what a look into the index missed comes after what it found."""
        vector = self.embedder([query])[0]
        near = self._near if len(rows) > self.indexes.few else None
        told, wanted, turn = set[int](), max(2 * k, FEWEST), 0
        while near and (found := near.candidates(vector, wanted, turn, rows)):
            places, has_more = found
            scores = self._scores(vector, places)
            if has_more:  # what is as near as the last of them may be older, and not among them
                is_sure = scores > scores.min() + CLOSE
                places, scores = places[is_sure], scores[is_sure]
            new = [at for at in places[np.lexsort((places, -scores))].tolist() if at not in told]
            yield from new
            told, wanted, turn = told | set(new), 4 * wanted, turn + 1
        rest = np.setdiff1d(rows, list(told), assume_unique=True) if told else rows
        yield from self._ranked(vector, max(k, len(told)), [rest])[0]

    def _ranked(self, vector: Floats, k: int, groups: Sequence[Rows]) -> list[Iterator[int]]:
        products = self.entries.products(vector, np.concatenate([NOWHERE, *groups]))
        parts = np.split(products, np.cumsum([len(rows) for rows in groups], dtype=np.int64))  # and an empty one
        exact = partial(self._scores, vector)
        return [ranked(rows, part, k, exact) for rows, part in zip(groups, parts, strict=False)]

    def _scores(self, vector: Floats, near: Rows) -> Scores:
        return exactly(self.entries.vectors(near), vector)

    @cached_property
    def _near(self) -> Near | None:
        return self.indexes.near(self.entries, self.names)
