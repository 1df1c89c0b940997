"""Pairs of a task's best and worst solution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Scope


@dataclass(frozen=True, kw_only=True)
class BestWorst:
    """Pair each task's best solution with its worst; a tie gives no pair.

    In: all experiences of one task, any order; those without score or verdict are left out, for no
    score is not 0. Out: at most one experience, ``rejected`` set to the worst.
    Source: Self-Rewarding Language Models (arXiv:2401.10020), section 2.3. Differs: the first of equal
    bests and of equal worsts is taken; two equal texts with different scores give no pair.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"rejected"}

    reverse: bool = False
    """Prefer the worst to the best. A control, never a method."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the pair, or nothing; every experience left out says why."""
        scored = [e for e in batch if e.solution and _has_score(e)]
        best, worst = max(scored, key=_score, default=None), min(scored, key=_score, default=None)
        pair = list[Experience]()
        why = "no other solution has a score" if len(scored) < 2 else "all scores are equal"
        if best and worst and best.score > worst.score:
            if _text(best) == _text(worst):
                why = "best and worst have the same text"
            else:
                chosen, other = (worst, best) if self.reverse else (best, worst)
                pair, why = [replace(chosen, rejected=other.solution)], "neither best nor worst"
        kept = pair[0].id if pair else ""
        for e in batch:
            if e.id != kept:
                paired = pair and (e is best or e is worst)
                ctx.drop(e, "no score" if e not in scored else f"rejected beside {kept}" if paired else why)
        return pair


def _has_score(experience: Experience) -> bool:
    feedback = experience.feedback
    return feedback is not None and (feedback.score is not None or feedback.passed is not None)


def _score(experience: Experience) -> float:
    return experience.score


def _text(experience: Experience) -> str:
    return experience.solution.text.strip() if experience.solution else ""
