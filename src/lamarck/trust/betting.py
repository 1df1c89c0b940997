"""How much the differences of two learners say against a mean: betting on bounded outcomes, item after item.

A gambler starts with 1 and bets a share theta of what she has that the next difference is above m. If the mean
is at most m, her capital does not grow on average, so the chance that it *ever* reaches 1 / level is at most the level
(Ville's inequality), however often somebody looks and whenever he stops. Capital over many shares at once is still
capital, so nobody need know the right share beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARES = np.geomspace(0.02, 0.9, 12)
"""The bets. The best share is near effect / discordance; a neighbour's is at most a fifth off."""
CUTS = np.arange(1, 13) / 13
"""Points that an end of an interval is looked for at, each time it is narrowed down."""
PASSES = 5
"""How often: the ends are exact to 2 / 13^5, far below what is printed."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Differences in [-1, 1] as distinct values and how often each came; their order does not matter."""

    values: Floats
    counts: Floats

    @classmethod
    def of(cls, differences: Sequence[float]) -> Tally:
        """In: one difference an item. Raises: ValueError where one is not in [-1, 1]."""
        found = np.round(np.asarray(differences, dtype=np.float64), 9)
        if len(found) and not np.abs(found).max() <= 1:
            raise ValueError("a difference of two outcomes lies outside -1 to 1; give a metric from 0 to 1")
        values, counts = np.unique(found, return_counts=True)
        return cls(values, counts.astype(np.float64))

    @property
    def items(self) -> int:
        """How many differences."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Their mean, 0 where there are none."""
        return float(self.values @ self.counts / self.counts.sum()) if len(self.values) else 0.0

    @property
    def discordance(self) -> float:
        """Mean square: where outcomes are right or wrong, the share of items the two disagree on."""
        return float(self.values**2 @ self.counts / self.counts.sum()) if len(self.values) else 0.0

    def low(self, level: float) -> float:
        """The lower end of the mean's confidence sequence: every mean below it is rejected at the level."""
        return _lowest(self.values, self.counts, level)

    def high(self, level: float) -> float:
        """The upper end, at a level of its own."""
        return -_lowest(-self.values, self.counts, level)


def log_capital(values: Floats, counts: Floats, mean: float | Floats) -> Floats:
    """Natural log of the capital won against "the mean is at most ``mean``", averaged over the shares.

    In: distinct values [U]; counts [..., U] for one mean, or [U] for means [M]. Out: [...] or [M].
    Source: Waudby-Smith and Ramdas 2024 (arXiv:2010.09686), sections 3 and 4: the capital process of a bounded
    mean. Differs: a fixed grid of shares instead of bets learned on the way, so that the order of items does not
    matter and capital follows from counts; outcomes in [-1, 1] instead of [0, 1].
    """
    m = np.asarray(mean, dtype=np.float64)[..., None]
    gains = (values - m) / (1 + m)  # at least -1, so that a share below 1 never loses all
    won = (np.log1p(SHARES[:, None] * gains[..., None, :]) @ counts[..., None])[..., 0]
    top = won.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(won - top).sum(axis=-1) / len(SHARES))


def _lowest(values: Floats, counts: Floats, level: float) -> float:
    """The highest mean that is rejected from below, -1 where none is; capital falls as the mean rises."""
    low, width = -1.0, 2.0
    for _ in range(PASSES if len(values) else 0):
        rejected = int(np.count_nonzero(log_capital(values, counts, low + width * CUTS) >= -math.log(level)))
        width /= len(CUTS) + 1
        low += rejected * width
    return low


def smallest(items: int, discordance: float, level: float) -> float:
    """The smallest difference that so many items show to be more than 0, where so many disagree, to 0.0001 points.

    In: an observed difference and discordance of plus and minus 1. Out: 1.0 where no difference would do.
    """
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if _shows(items, middle, discordance, level) else (middle, high)
    return high


def needed(effect: float, discordance: float, level: float) -> int:
    """How many items show a difference of this size to be more than 0, where so many disagree."""
    low, high = 0, 1
    while not _shows(high, effect, discordance, level):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, effect, discordance, level) else (middle, high)
    return high


def _shows(items: int, effect: float, discordance: float, level: float) -> bool:
    disagree = max(discordance, effect)
    counts = items * np.array([(disagree - effect) / 2, (disagree + effect) / 2])
    return bool(log_capital(np.array([-1.0, 1.0]), counts, 0.0) >= -math.log(level))
