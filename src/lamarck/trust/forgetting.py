"""Forgetting and learning as numbers: a matrix of scores, and five means of it.

Source: van de Ven and Tolias 2019 and Lopez-Paz and Ranzato 2017 (arXiv:1706.08840), section 2, for the transfers;
Chaudhry et al. 2018 (arXiv:1801.10112), section 3, for forgetting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

Row = Sequence[float | None]
"""A score a task; None where it was not measured."""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Scores a[i][j] on task j after stage i, and b[j] before any stage. Stage j is the one that trains task j.

    Means leave out what was not measured, and are None where nothing is left. Raises: ValueError for rows of
    different lengths.
    """

    after: Sequence[Row]
    before: Row
    """b, one a task."""

    def __post_init__(self) -> None:
        if len({len(row) for row in (self.before, *self.after)}) > 1:
            raise ValueError("every row of a matrix of forgetting has one score a task")

    @property
    def average(self) -> float | None:
        """Mean over j of a[T][j]: how good the last learner is."""
        return _mean(self.after[-1]) if self.after else None

    @property
    def plasticity(self) -> float | None:
        """Mean over j of a[j][j]: how well each task was learned when it was trained."""
        return _mean([row[j] for j, row in enumerate(self.after) if j < len(row)])

    def forgotten(self, task: int) -> float | None:
        """Highest a[i][j] with i < T, minus a[T][j]: 0 where nothing was trained since, below 0 for a gain."""
        *earlier, last = self.after or [()]
        found = [row[task] for row in earlier]
        known = [score for score in found if score is not None]
        return max(known) - end if known and (end := last[task]) is not None else None

    @property
    def forgetting(self) -> float | None:
        """F, mean over j < T of :meth:`forgotten`."""
        return _mean([self.forgotten(j) for j in self._earlier])

    @property
    def backward(self) -> float | None:
        """Backward transfer, mean over j < T of a[T][j] - a[j][j]."""
        return _mean([_minus(self.after[-1][j], self.after[j][j]) for j in self._earlier])

    @property
    def forward(self) -> float | None:
        """Forward transfer, mean over j > 1 of a[j-1][j] - b[j]."""
        later = range(1, min(len(self.before), len(self.after) + 1))
        return _mean([_minus(self.after[j - 1][j], self.before[j]) for j in later])

    @property
    def _earlier(self) -> range:
        """Tasks that were trained before the last stage."""
        return range(min(len(self.after) - 1, len(self.before)))


def _minus(one: float | None, other: float | None) -> float | None:
    return one - other if one is not None and other is not None else None


def _mean(values: Row) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
