"""Which index a version looks into; made when it is first needed, kept in the run's folder as a cache."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamarck.core import PausedRun, UsageError
from lamarck.data.strict import Malformed
from lamarck.memory.arrays import from_npy, npy
from lamarck.memory.entries import Entries
from lamarck.memory.files import MEMORY, Disk
from lamarck.memory.index import Index, centres, library
from lamarck.memory.near import Near, enough
from lamarck.memory.segment import Segment

PAST = 100_000
"""Up to so many entries every search is exact."""
CACHE = "index.cache"
"""The folder beside the versions'. It may be deleted at any time."""
SAMPLE = 64
"""Vectors a list that its centre is found from."""
TRIED = 65_536
"""Entries, at most, that a search is tried among, to know how many lists it has to look into."""
WORTH = 10_000
"""Segments of fewer entries are put into lists again each time: that is as quick as a file."""
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Indexes:
    """The indices of a run's memory.

    A version's centres are those of the shortest of the versions it stands on with ``past``, 4 ``past``, 16
    ``past``, ... entries, so that they depend on the version alone and not on which was opened first, and
    most versions share one index: one that is added to, never made anew. All of it follows from the
    versions' files. What is missing or damaged in the cache is made again, and where it cannot be written
    (another run's folder, a full disk) it is made in each process.
    """

    disk: Disk | None = None
    past: int = PAST
    _made: dict[str, Index] = field(default_factory=dict[str, Index], repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    @property
    def few(self) -> int:
        """Among so few entries it is as quick to look at all."""
        return self.past // 10

    def near(self, entries: Entries, names: Sequence[str]) -> Near | None:
        """What a version sees of its index; None where it is small, or has none.

        In: its entries, and the name of the version that added each of its segments but for those a
        dialogue wrote, which no index holds.
        """
        segments = entries.segments[: len(names)]
        if sum(map(len, segments)) <= self.past or not _has_library():
            return None
        rows, ends = self.past, np.cumsum([len(segment) for segment in segments])
        while 4 * rows <= ends[-1]:
            rows *= 4
        count = int(np.searchsorted(ends, rows)) + 1
        lists, home = 2 ** math.ceil(math.log2(math.sqrt(rows))), names[count - 1]
        with self._lock:  # whoever comes second waits instead of doing it again
            index = self._index(home, segments[:count], lists)
            starts = [self._start(index, home, *each) for each in zip(names, segments, strict=True)]
            ids, looked = entries.numbers(starts), self._looked(index, home, segments[:count], starts)
        return Near(index, ids, looked) if looked else None

    def _index(self, home: str, segments: tuple[Segment, ...], lists: int) -> Index:
        if home not in self._made:
            width = segments[0].vectors.shape[1]

            def fits(found: Array) -> bool:
                return found.shape == (lists, width) and found.dtype == np.float32

            def make() -> Array:
                return centres(_drawn(segments, SAMPLE * lists).vectors(), lists)

            self._made[home] = Index(self._kept(home, "centres", make, fits))
        return self._made[home]

    def _start(self, index: Index, home: str, name: str, segment: Segment) -> int:
        """Where a segment begins in an index; it is added where it is not there."""
        start = index.start(segment)
        if start is not None:
            return start

        def fits(found: Array) -> bool:
            whole = found.shape == (len(segment),) and found.dtype == np.int32
            return whole and bool(((found >= 0) & (found < len(index))).all())

        def make() -> Array:
            return index.lists(segment.vectors)

        return index.add(segment, self._kept(home, name, make, fits) if len(segment) >= WORTH else make())

    def _looked(self, index: Index, home: str, segments: tuple[Segment, ...], starts: Sequence[int]) -> int:
        """How many lists a search in this index looks into."""

        def fits(found: Array) -> bool:
            return found.shape == (1,) and found.dtype == np.int64 and 0 <= found[0] <= len(index)

        def make() -> Array:
            part = min(TRIED, sum(map(len, segments)) // 3)
            return np.array([enough(index, _drawn(segments, part), starts[: len(segments)])])

        return int(self._kept(home, "looked", make, fits)[0])

    def _kept(self, home: str, name: str, make: Callable[[], Array], fits: Callable[[Array], bool]) -> Array:
        """What the cache holds under a name; what is made where it holds nothing whole that fits."""
        if not self.disk:
            return make()
        path = self.disk.root / MEMORY / CACHE / home / f"{name}.npy"
        with suppress(OSError, Malformed):
            digest, _, data = path.read_bytes().partition(b"\n")
            if hashlib.sha256(data).hexdigest().encode() == digest and fits(found := from_npy(data)):
                return found
        data = b"".join(npy(made := make()))
        with suppress(UsageError, PausedRun):
            self.disk.write(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        return made


def _drawn(segments: tuple[Segment, ...], n: int) -> Entries:
    """So many of the entries that segments hold, the same ones each time."""
    held = sum(map(len, segments))
    chosen = np.random.Generator(np.random.PCG64(1)).choice(held, min(held, n), replace=False)
    return Entries(segments, np.sort(chosen))


def _has_library() -> bool:
    try:
        library()
    except ModuleNotFoundError:
        warnings.warn(
            f"a memory of more than {PAST:,} entries is searched faster with an index; type: "
            "pip install 'lamarck-lm[memory]' (without it every search looks at all of them)",
            stacklevel=2,
        )
        return False
    return True
