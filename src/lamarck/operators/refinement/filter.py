"""Keep what meets a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Predicate, Scope, UsageError, passed


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Keep the experiences for which ``where`` holds (``passed``: the feedback says right), or that score enough.

    In: any. Out: those kept, in order; the reason a dropped one gets is "not <where>", "score below <least>", or
    "no score": what nobody could grade is no zero, and is not kept.
    Raises: UsageError for a schedule without a value.
    Source: for a threshold that rises ReST (arXiv:2308.08998), section 3.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"feedback"}
    writes: ClassVar[Names] = set[str]()

    where: Predicate = passed
    """Not asked where ``at_least`` is given."""
    at_least: float | tuple[float, ...] | None = None
    """The least score, or one a round, whose last value stays."""

    def __post_init__(self) -> None:
        if self.at_least == ():
            raise UsageError("Filter: at_least is an empty schedule; give a score, or one for each round")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences for which the condition holds."""
        least, kept = self._least(ctx.round), list[Experience]()
        for experience in batch:
            if why := self._why(experience, least):
                ctx.drop(experience, why)
            else:
                kept.append(experience)
        return kept

    def _least(self, round: int) -> float | None:
        if not isinstance(self.at_least, tuple):
            return self.at_least
        return self.at_least[min(max(round, 1), len(self.at_least)) - 1]

    def _why(self, experience: Experience, least: float | None) -> str:
        """Why an experience goes, "" where it stays."""
        if least is None:
            return "" if self.where(experience) else f"not {self.where.__name__}"
        if experience.feedback is None or experience.feedback.score is None:
            return "no score"
        return "" if experience.feedback.score >= least else f"score below {least:g}"
