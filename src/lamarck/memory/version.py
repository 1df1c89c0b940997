"""One version of a memory: exact search over all that it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Literal

import numpy as np

from lamarck.core import Entry, UsageError
from lamarck.likeness.buckets import buckets
from lamarck.likeness.clusters import clusters
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.likeness.words import by_words
from lamarck.memory.entries import NOWHERE, Entries, Rows
from lamarck.memory.segment import Segment, segment
from lamarck.memory.session import Session

Where = Callable[[Entry], bool]
By = Literal["meaning", "words", "both"]
CLOSE = 1e-5
"""How far two products in single precision may be out of order, with room to spare."""
FUSED = 60
"""What is added to a rank before ranks of two orders are put together."""
FEWEST = 32
"""Entries ranked at a time, at least."""


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
        self, query: str, k: int, /, *, kind: str = "", where: Where | None = None, by: By = "meaning",
        within: int | None = None,
    ) -> list[Entry]:  # fmt: skip
        """The k nearest entries, best first: those of this kind for which ``where`` holds.

        Without ``where`` superseded ones are passed over. By meaning, by words (BM25; one that shares none is not
        found), or by both ranks together; ``within``: only those in this bucket.
        """
        rows, where = self.entries.of(kind), where or _holds
        if within is not None:
            rows = rows[self._buckets[rows] == within]
        if by == "meaning":
            return self._best(query, k, [rows], where)[0]
        left = [entry for at in rows if where(entry := self.entries[int(at)])]
        worded = [left[at] for at in by_words(query, [entry.text for entry in left])]
        if by == "words":
            return worded[: max(k, 0)]
        return _fused(self._best(query, len(left), [rows], where)[0], worded)[: max(k, 0)]

    def bucket(self, text: str, /) -> int:
        """The bucket of a text, alike in every version."""
        return int(buckets(self.embedder([text]))[0])

    def spread(
        self, query: str, k: int, groups: int, /, *, kind: str = "", where: Where | None = None
    ) -> list[list[Entry]]:
        """The k nearest entries of each of so many clusters, best first; a cluster without any is left out.

        The clusters are those of k-means over all entries of the kind, whatever the query is. They
        depend on the version alone, are made when first asked for, and come in order of their
        oldest entries.
        """
        return [found for found in self._best(query, k, self._clustered(groups, kind), where) if found]

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

    @cached_property
    def _buckets(self) -> Rows:
        return buckets(self.vectors) if len(self.entries) else NOWHERE

    def _clustered(self, groups: int, kind: str) -> list[Rows]:
        with self._lock:  # whoever comes second waits instead of doing it again
            if (groups, kind) not in self._groups:
                rows = self.entries.of(kind)
                vectors = self.entries.vectors(rows) if kind else self.vectors
                labels = clusters(vectors, groups, int(self.name or "0", 16))
                found = [rows[labels == label] for label in range(int(labels.max(initial=-1)) + 1)]
                self._groups[groups, kind] = found
            return self._groups[groups, kind]

    def _best(self, query: str, k: int, groups: Sequence[Rows], where: Where | None) -> list[list[Entry]]:
        vector = self.embedder([query])[0]
        products = self.entries.products(vector)
        ranked = ((self.entries[at] for at in self._ranked(vector, products, rows, k)) for rows in groups)
        return [list(islice((e for e in each if where is None or where(e)), max(k, 0))) for each in ranked]

    def _ranked(self, vector: Floats, products: Floats, rows: Rows, k: int) -> Iterator[int]:
        """These rows, best first; only as many are looked at again as are asked for."""
        scores, told, wanted = products[rows], 0, max(2 * k, FEWEST)
        while told < len(rows):
            wanted = min(wanted, len(rows))
            least = np.partition(scores, -wanted)[-wanted]
            near = rows[scores >= least - CLOSE]
            # row by row: a matrix product may round equal rows differently
            exact = (self.entries.vectors(near).astype(np.float64) * vector).sum(axis=1)
            yield from near[np.lexsort((near, -exact))][told:wanted].tolist()
            told, wanted = wanted, 4 * wanted


def _holds(entry: Entry) -> bool:
    return not entry.status


def _fused(one: Sequence[Entry], other: Sequence[Entry]) -> list[Entry]:
    """Both orders as one, by the sum of the reciprocal ranks; of equal sums the first order's goes first."""
    scores: dict[int, float] = {}
    for order in (one, other):
        for rank, entry in enumerate(order):
            scores[id(entry)] = scores.get(id(entry), 0.0) + 1 / (FUSED + rank)
    return sorted(one, key=lambda entry: -scores[id(entry)])
