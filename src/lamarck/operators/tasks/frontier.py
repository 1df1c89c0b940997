"""Tasks at the edge of what the learner can do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Operator, Scope, UsageError


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """Keep the tasks that today's learner solves sometimes: neither hardly ever nor nearly always.

    In: experiences of tasks. Out: those of whose solutions, made here and kept nowhere, a share from ``low`` to
    ``high`` passes. The others are dropped with the reason, those without any verdict too. With ``check=Vote()``
    nobody reads a label: the share is the majority's.
    Raises: UsageError for a band that is none.
    Source: goals of intermediate difficulty, Florensa et al. 2018 (arXiv:1705.06366), section 4.1, with its bounds.
    Differs: the paper trains a generator on the goals it keeps; here the tasks are kept themselves.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = set[str]()

    low: float = 0.1
    high: float = 0.9
    solve: Operator
    """Solves a task several times, such as ``Sample(n=8)``: the more often, the finer the share."""
    check: Operator
    """Gives the solutions of a task their feedback, such as ``Verifier()``."""

    def __post_init__(self) -> None:
        """Refuse a band without room."""
        if not 0 <= self.low <= self.high <= 1:
            raise UsageError(f"Frontier: the band is {self.low:g} to {self.high:g}; give shares such as 0.1 and 0.9")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks within the band."""
        return [experience for experience in batch if self._keeps(experience, ctx)]

    def _keeps(self, experience: Experience, ctx: Context) -> bool:
        bare = replace(experience, solution=None, feedback=None)
        tried = self.solve([bare], ctx.under(type(self.solve).__name__))
        checked = self.check(tried, ctx.under(type(self.check).__name__))
        verdicts = [e.feedback.passed for e in checked if e.feedback and e.feedback.passed is not None]
        if not verdicts:
            ctx.drop(experience, "no solution has a verdict")
            return False
        share = fmean(verdicts)
        if not self.low <= share <= self.high:
            ctx.drop(experience, "solved too rarely" if share < self.low else "solved too often")
        return self.low <= share <= self.high
