"""Lists of entries that lie close together, so that the nearest of very many are found without looking at all.

Of what was measured (docs/performance.md) faiss answers soonest, and it takes a filter into the search. It is
imported when the first index is made, never before.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats
from lamarck.memory.segment import Segment
from lamarck.memory.words import Rows

AT_ONCE = 2**16
"""Vectors that are handed over together, so that no more of a mapped file is in memory at a time."""
PASSES = 10
"""Steps of k-means."""


def library() -> Any:
    """faiss. Raises: ModuleNotFoundError without the extra."""
    import faiss

    return faiss


def centres(sample: Floats, lists: int) -> Floats:
    """The middles of so many lists: k-means over a sample."""
    faiss = library()
    means = faiss.Kmeans(
        sample.shape[1], lists, niter=PASSES, spherical=True, seed=1, min_points_per_centroid=1, verbose=False
    )
    with _one_thread(faiss):
        means.train(np.ascontiguousarray(sample, np.float32))
    return means.centroids


class Index:
    """Segments' vectors, each in the list whose centre it is nearest to. It only grows.

    Approximate: a search looks into the lists nearest to the query alone. Any number of threads may use it.
    """

    def __init__(self, middles: Floats) -> None:
        self._faiss = library()
        self._middles = self._faiss.IndexFlatIP(middles.shape[1])
        self._middles.add(middles)
        kind = self._faiss.METRIC_INNER_PRODUCT
        self._lists = self._faiss.IndexIVFFlat(self._middles, middles.shape[1], len(middles), kind)
        self._starts = dict[Segment, int]()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many lists it has."""
        return self._lists.nlist

    def lists(self, vectors: Floats) -> NDArray[np.int32]:
        """The list of each of these vectors."""
        with _one_thread(self._faiss):
            parts = [self._middles.search(part, 1)[1][:, 0] for part in _parts(vectors)]
        return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int32)

    def add(self, segment: Segment, lists: NDArray[np.int32]) -> int:
        """Take in a segment; ``lists`` says where each vector goes. Out: the number of its first vector."""
        with self._lock:
            start = self._starts[segment] = self._lists.ntotal
            ids, where = start + np.arange(len(segment)), lists.astype(np.int64)
            for at, part in zip(range(0, len(ids), AT_ONCE), _parts(segment.vectors), strict=True):
                given = part, ids[at : at + AT_ONCE], where[at : at + AT_ONCE]
                self._lists.add_core(len(part), *map(self._faiss.swig_ptr, given))
            return start

    def start(self, segment: Segment) -> int | None:
        """The number of a segment's first vector, those of the others follow it; None where it is not here."""
        return self._starts.get(segment)

    def nearest(self, vector: Floats, k: int, looked: int, allowed: Rows) -> Rows:
        """The numbers of the k nearest vectors of those allowed in so many lists; fewer where these hold no more."""
        with self._lock:
            chosen = None
            if len(allowed) < self._lists.ntotal:
                among = np.zeros(self._lists.ntotal, np.bool_)
                among[allowed] = True
                chosen = self._faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
            options = self._faiss.SearchParametersIVF(sel=chosen, nprobe=looked)
            found: Rows = self._lists.search(vector[None], k, params=options)[1][0]
        return found[found >= 0]


def _parts(vectors: Floats) -> Generator[Floats]:
    for at in range(0, len(vectors), AT_ONCE):
        yield np.ascontiguousarray(vectors[at : at + AT_ONCE], np.float32)


@contextmanager
def _one_thread(faiss: Any) -> Generator[None]:
    """With one thread sums round alike, however many cores there are."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
