"""Buckets of vectors that point the same way: locality-sensitive hashing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats

BUCKETS = 16


def buckets(vectors: Floats, n: int = BUCKETS) -> NDArray[np.int64]:
    """For each vector (a row) the number of its bucket, 0 to n - 1: argmax of [xR; -xR] for a fixed random R of n/2
    columns, so that the same vector is in the same bucket in every process.

    Source: cross-polytope hashing as in Think-in-Memory (arXiv:2311.08719), section 3.2.
    """
    # PCG64's normals are the same on every machine
    turned = vectors.astype(np.float64) @ np.random.Generator(np.random.PCG64(0)).standard_normal(
        (vectors.shape[1], n // 2)
    )
    return np.argmax(np.concatenate([turned, -turned], axis=1), axis=1)
