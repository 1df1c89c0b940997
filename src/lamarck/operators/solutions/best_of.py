"""Many answers, of which the best is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Operator, Origin, Sampling, Scope


@dataclass(frozen=True, kw_only=True)
class BestOf:
    """Sample n solutions, let a feedback operator judge them, give the best.

    In: experiences; a solution is not needed. Out: the same ones, each with the best of n solutions of its own: one
    that passes before one that does not, then the higher score, of equals the first; one without feedback comes
    last. What is drawn depends on the experience's id, so two experiences of one task are answered apart.
    As ``Learner.answer`` it costs n samples an answer; ``--samples`` does not cap it, for it says what the learner is.
    Source: V-STaR (arXiv:2402.06457), section 3.3; best-of-n after Cobbe et al. 2021 (arXiv:2110.14168).
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    n: int = 16
    by: Operator
    """Writes feedback: feedback.Likelihood, feedback.Vote, ..."""
    temperature: float = 1.0
    top_p: float | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles beside the learner's that ``by`` needs; who answers so must carry them along."""
        return getattr(self.by, "roles", frozenset[str]())

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: an answer each, whose ``origin`` holds its own seed."""
        return [self._answered(experience, ctx) for experience in batch]

    def _answered(self, experience: Experience, ctx: Context) -> Experience:
        learner, sampling = ctx.role("learner"), Sampling(temperature=self.temperature, top_p=self.top_p)
        drawn = ctx.generate([experience.task.prompt], [experience.id], role=learner, n=self.n, sampling=sampling)[0]
        tried = [replace(experience, solution=solution, sample=at) for at, solution in enumerate(drawn)]
        units = [[one] for one in tried] if self.by.scope == "each" else [tried]
        at = ctx.under(type(self.by).__name__)
        judged = {e.sample: e for unit in units for e in self.by(unit, at)}
        best = max(tried, key=lambda one: _rank(judged.get(one.sample)))
        origin = Origin(
            operator=ctx.operator,
            learner=learner.hash,
            seed=ctx.seeds(experience.id, self.n)[best.sample],
            temperature=self.temperature,
            round=ctx.round,
        )
        return replace(experience, solution=best.solution, origin=origin)


def _rank(judged: Experience | None) -> tuple[bool, bool, float]:
    """Whether it passes, whether it was scored, its score."""
    feedback = judged.feedback if judged else None
    if judged is None or feedback is None:
        return False, False, 0.0
    return bool(feedback.passed), feedback.score is not None or feedback.passed is not None, judged.score
