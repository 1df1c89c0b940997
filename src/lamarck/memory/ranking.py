"""Best first, and of equals the older first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lamarck.likeness.embedder import Floats
from lamarck.memory.words import Rows, Scores

CLOSE = 1e-5
"""How far two products in single precision may be out of order, with room to spare."""
FEWEST = 32
"""Entries ranked at a time, at least."""
FUSED = 60
"""What is added to a rank before rankings are fused; the paper's."""


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


def exactly(vectors: Floats, vector: Floats) -> Scores:
    """The inner product of each row with a vector, in double precision."""
    # row by row: a matrix product may round equal rows differently
    return (vectors.astype(np.float64) * vector).sum(axis=1)
