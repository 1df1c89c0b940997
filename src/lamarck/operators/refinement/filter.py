"""Keep what meets a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Predicate, Scope, passed


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Keep the experiences for which ``where`` holds (``passed``: the feedback says right), or whose score is enough.

    In: any. Out: those kept, in order; the reason a dropped one gets is "not <where>", or the score that it lacks.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"feedback"}
    writes: ClassVar[Names] = set[str]()

    where: Predicate = passed
    at_least: float | tuple[float, ...] | None = None
    """The lowest score that is kept, instead of ``where``; several are a schedule by round whose last one stays. What
    has no score is not kept."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences for which the condition holds."""
        kept: Batch = []
        for experience in batch:
            if why := self._lacks(experience, ctx):
                ctx.drop(experience, why)
            else:
                kept.append(experience)
        return kept

    def _lacks(self, e: Experience, ctx: Context) -> str:
        if self.at_least is None:
            return "" if self.where(e) else f"not {self.where.__name__}"
        steps = self.at_least if isinstance(self.at_least, tuple) else (self.at_least,)
        lowest = steps[min(max(ctx.round, 1), len(steps)) - 1]
        if e.feedback is None or (e.feedback.score is None and e.feedback.passed is None):
            return "no score"
        return "" if e.score >= lowest else f"score {e.score:g}, less than {lowest:g}"
