"""How far apart two models are, tensor by tensor."""

from __future__ import annotations

import math
from pathlib import Path

from lamarck.trainers.merging.files import Entry, Weights


def distances(left: Path, right: Path) -> dict[str, float]:
    """Every tensor of two model folders by name: norm of the difference over the left one's norm.

    Infinite where only one has it or the shapes differ. A block of each is in memory at a time.
    Raises: UsageError naming a file that cannot be read.
    """
    mine, yours = Weights(left), Weights(right)
    return {name: _relative(mine, yours, name) for name in sorted(mine.entries.keys() | yours.entries.keys())}


def _relative(mine: Weights, yours: Weights, name: str) -> float:
    one, other = mine.entries.get(name), yours.entries.get(name)
    if one is None or other is None or one.shape != other.shape:
        return math.inf
    norm, gap = _squares(mine, yours, name, one)
    return math.sqrt(gap / norm) if norm else (math.inf if gap else 0.0)


def _squares(mine: Weights, yours: Weights, name: str, entry: Entry) -> tuple[float, float]:
    """The sums of squares of the left tensor and of the difference."""
    norm = gap = 0.0
    for rows in entry.rows():
        a, b = mine.block(name, rows).double(), yours.block(name, rows).double()
        norm += float(a.square().sum())
        gap += float((a - b).square().sum())
    return norm, gap
