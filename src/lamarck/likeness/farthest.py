"""Vectors that lie far from each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats

AT_ONCE = 512
"""Rows that are looked at together: in double precision they fit the cache."""


def farthest(vectors: Floats, n: int, chosen: Sequence[int] = ()) -> list[int]:
    """k-centre greedy: n rows, each the one farthest from all before it and from those chosen already.

    Out: the rows in the order they were picked, at most those not yet chosen; of equally far ones the first. Without
    any chosen the first row is the first pick. The largest distance from any row to the nearest pick is at most twice
    that of the best n rows.
    Source: Gonzalez 1985 (Theoretical Computer Science 38), section 2.
    """
    near = gaps(vectors, chosen)
    near[list(chosen)] = -1.0
    picked = list[int]()
    for _ in range(min(n, int((near >= 0).sum()))):
        at = int(near.argmax())
        picked.append(at)
        near = np.minimum(near, gaps(vectors, [at]))
        near[at] = -1.0
    return picked


def gaps(vectors: Floats, chosen: Sequence[int]) -> NDArray[np.float64]:
    """Squared distance from each row to the nearest chosen one; infinite where none is chosen."""
    found = np.full(len(vectors), np.inf)
    if not len(chosen):
        return found
    points = vectors[list(chosen)].astype(np.float64)
    lengths = (points * points).sum(axis=1)
    for at in range(0, len(vectors), AT_ONCE):
        part = vectors[at : at + AT_ONCE].astype(np.float64)
        squares = (part * part).sum(axis=1)[:, None] + lengths - 2 * part @ points.T
        found[at : at + AT_ONCE] = squares.min(axis=1).clip(0.0)
    return found
