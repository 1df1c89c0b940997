"""How far two who label the same things agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def kappa(ones: Sequence[Hashable], others: Sequence[Hashable]) -> float | None:
    """Cohen's kappa, 1 = full agreement, 0 = chance; None without labels, or where chance alone would agree fully.

    Source: Cohen 1960.
    """
    n = len(ones)
    if not n:
        return None
    left, right = Counter(ones), Counter(others)
    observed = sum(a == b for a, b in zip(ones, others, strict=True)) / n
    chance = sum(left[label] * right[label] for label in left) / n**2
    return None if chance >= 1 else (observed - chance) / (1 - chance)
