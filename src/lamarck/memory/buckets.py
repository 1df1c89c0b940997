"""Buckets of texts that are alike: locality-sensitive hashing by random projections."""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats

BUCKETS = 16
SEED = 2311_08719
FINE = 2.0**20
"""Vectors are rounded to this part of 1, so that every product is exact and no order of summing matters."""


def buckets(vectors: Floats) -> NDArray[np.int64]:
    """The bucket of each vector, 0 to 15: the direction, of eight drawn once and their opposites, it goes furthest in.

    Source: TiM (arXiv:2311.08719), section 3.1. Differs: directions are of signs, drawn from a fixed seed, and
    their number is ours.
    """
    along = np.round(vectors.astype(np.float64) * FINE) @ _directions(vectors.shape[1])
    return np.concatenate([along, -along], axis=1).argmax(axis=1).astype(np.int64)


@cache
def _directions(size: int) -> NDArray[np.float64]:
    signs = Random(SEED).choices((-1.0, 1.0), k=size * (BUCKETS // 2))
    return np.array(signs).reshape(size, BUCKETS // 2)
