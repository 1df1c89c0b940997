"""Groups of vectors that lie close together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamarck.likeness.embedder import Floats

PASSES = 50
"""Lloyd's steps at most."""
STILL = 1e-3
"""Share of the rows that may change their cluster in the last step."""
AT_ONCE = 512
"""Rows that are looked at together: in double precision they fit the cache."""
Labels = NDArray[np.int64]
Doubles = NDArray[np.float64]


def clusters(vectors: Floats, n: int, seed: int) -> Labels:
    """k-means: which of n clusters each row belongs to, numbered from 0 by their first rows.

    Out: a label a row; fewer than n clusters where there are fewer different rows. Equal vectors,
    n and seed give equal labels. Source: Lloyd's steps from the start of k-means++ (Arthur and
    Vassilvitskii 2007, section 2.2), run once.
    """
    labels = np.full(len(vectors), -1)
    centres = _apart(vectors, n, np.random.Generator(np.random.PCG64(seed)))
    for _ in range(PASSES):
        before = labels
        labels, centres = _step(vectors, centres)
        if np.count_nonzero(labels != before) <= STILL * len(labels):
            break
    _, first, known = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[known]


def _apart(vectors: Floats, n: int, rng: np.random.Generator) -> Doubles:
    """Rows far from each other: each is drawn with a chance that grows with its squared distance to those before."""
    chosen, far = list[int](), np.ones(len(vectors))
    while len(chosen) < n and far.any():
        sums = np.cumsum(far)
        drawn = np.searchsorted(sums, rng.random() * float(sums[-1]), side="right")
        chosen.append(min(int(drawn), len(vectors) - 1))
        far = np.minimum(far if len(chosen) > 1 else np.inf, _squares(vectors, vectors[chosen[-1]]))
    return vectors[chosen].astype(np.float64)


def _squares(vectors: Floats, point: Floats) -> Doubles:
    """Squared distances to a point; exactly 0 for rows equal to it."""
    parts = (vectors[at : at + AT_ONCE] - point for at in range(0, len(vectors), AT_ONCE))
    return np.concatenate([np.einsum("ij,ij->i", part, part, dtype=np.float64) for part in parts])


def _step(vectors: Floats, centres: Doubles) -> tuple[Labels, Doubles]:
    """The nearest centre of each row, and each centre moved to the mean of its rows."""
    labels, sums = np.zeros(len(vectors), np.int64), np.zeros_like(centres)
    half, numbers = (centres * centres).sum(axis=1) / 2, np.arange(len(centres))
    for at in range(0, len(vectors), AT_ONCE):
        # in double precision, so that a row between two centres falls to the same one on every machine
        part = vectors[at : at + AT_ONCE].astype(np.float64)
        mine = (part @ centres.T - half).argmax(axis=1)
        labels[at : at + AT_ONCE] = mine
        sums += (mine == numbers[:, None]).astype(np.float64) @ part
    counts = np.bincount(labels, minlength=len(centres))[:, None]
    return labels, np.where(counts, sums / np.maximum(counts, 1), centres)
