"""What a reward says of two learners' answers to the same tasks, and how far the one has gone from the other."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from lamarck.core import Context, Experience, Feedback, Learner, Operator, Solution, Task

Answers = list[list[Solution | None]]
"""[tasks][n]."""
Values = list[list[float | None]]
"""[tasks][n]; None for an answer that has no score."""


def scored(tasks: Sequence[Task], given: Answers, by: Operator, ctx: Context) -> list[list[Feedback | None]]:
    """What an operator of scope "each" says of every answer, [tasks][n]; None where there is none, or it dropped it."""
    batch = [
        Experience(task=task, solution=one, sample=i)
        for task, some in zip(tasks, given, strict=True)
        for i, one in enumerate(some)
        if one
    ]
    kept = ctx.executor.run([(f"{ctx.operator}.{type(by).__name__}", by)], batch, ctx).batch if batch else []
    told = {e.id: e.feedback for e in kept}
    return [
        [told.get(Experience(task=task, sample=i).id) for i in range(len(some))]
        for task, some in zip(tasks, given, strict=True)
    ]


def values(found: Sequence[Sequence[Feedback | None]]) -> Values:
    """The scores of feedback."""
    return [[one.score if one else None for one in some] for some in found]


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A reward's own unit: where the reference's answers lie in it. Scores of two rewards compare only in it."""

    sorted: tuple[float, ...]

    @classmethod
    def of(cls, reference: Values) -> Standard:
        """In: what the reward says of the reference's answers."""
        return cls(sorted=tuple(sorted(one for some in reference for one in some if one is not None)))

    def rank(self, value: float | None) -> float:
        """Share of the reference's answers with a lower score, equal ones half; 0 for an answer without a score."""
        if value is None or not self.sorted:
            return 0.0
        below, through = bisect_left(self.sorted, value), bisect_right(self.sorted, value)
        return (below + through) / (2 * len(self.sorted))

    def z(self, value: float) -> float:
        """Deviations from the reference's mean; 0 where all its answers have one score."""
        spread = pstdev(self.sorted) if self.sorted else 0.0
        return (value - fmean(self.sorted)) / spread if spread else 0.0


@dataclass(frozen=True, kw_only=True)
class Rewarded:
    """What an ensemble makes of one learner's answers at one temperature; of several rewards the lowest counts."""

    ranks: list[float]
    """Mean rank of each task's answers, [tasks]."""
    z: list[float]
    """Standardised scores of all answers that have one."""

    @property
    def figures(self) -> dict[str, float]:
        """Mean, 10th percentile and spread of the standardised scores; nothing where no answer has one."""
        if not self.z:
            return {}
        ordered = sorted(self.z)
        return {"mean": fmean(ordered), "low": percentile(ordered, 0.1), "spread": pstdev(ordered)}


def lowest(mine: Sequence[Values], reference: Sequence[Values]) -> Rewarded:
    """In: by reward, what it says of a learner's answers and of the reference's."""
    standards = [Standard.of(one) for one in reference]
    ranks, z = list[float](), list[float]()
    for answers in zip(*mine, strict=True):  # of one task, by reward
        each = list(zip(*answers, strict=True))  # of one answer, by reward
        ranks.append(fmean([min(s.rank(v) for s, v in zip(standards, one, strict=True)) for one in each] or [0.0]))
        for one in each:
            known = [s.z(v) for s, v in zip(standards, one, strict=True) if v is not None]
            z += [min(known)] if len(known) == len(standards) else []
    return Rewarded(ranks=ranks, z=z)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of sorted values, between two in proportion."""
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def divergence(
    tasks: Sequence[Task], given: Answers, learner: Learner, reference: Learner, ctx: Context
) -> float | None:
    """Kullback-Leibler divergence of the learner from the reference in nats an answer, from its samples at
    temperature 1: the mean of log p / q over whole answers.

    None where either cannot say how likely a text is, or the learner answers in a way of its own, so that its answers
    are no samples of the model.
    """
    if learner.hash == reference.hash:
        return 0.0
    able = all("score" in ctx.models.open(one).capabilities for one in (learner, reference))
    if not able or learner.answer is not None:
        return None
    whole = [
        (task, one.text)
        for task, some in zip(tasks, given, strict=True)
        for one in some
        if one and one.stop == "stop"  # of one that was cut the end mark is no sample
    ]
    if not whole:
        return None
    prompts, texts = [task.prompt for task, _ in whole], [text for _, text in whole]
    mine, other = (ctx.score(prompts, texts, role=one) for one in (learner, reference))
    found = [sum(p) - sum(q) for p, q in zip(mine, other, strict=True)]
    known = [one for one in found if math.isfinite(one)]
    return fmean(known) if known else None


def characters(given: Answers) -> float:
    """Mean length of the answers there are."""
    return fmean([len(one.text.strip()) for some in given for one in some if one] or [0.0])
