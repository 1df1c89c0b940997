"""A reward that rises while what it stands for falls: time to stop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, stdev

from lamarck.core import Alarm, Context, Finding, Score, Seen

CHECKPOINTS = 2
"""Steps in a row in which the reward rises and the second measure falls."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A checkpoint: its reward, and how far its second measure is from the base's, with the standard error of that."""

    reward: float
    beside: float
    error: float


def overoptimised(points: Sequence[Point], level: float = 0.99) -> bool:
    """Whether in the last two steps the reward rose and the second measure fell, in both together beyond chance.

    In: checkpoints, oldest first. Two steps of mere chance go this way once in sixteen; the level keeps them out.
    """
    if len(points) <= CHECKPOINTS:
        return False
    last = points[-CHECKPOINTS - 1 :]
    if not all(b.reward > a.reward and b.beside < a.beside for a, b in pairwise(last)):
        return False
    fall, error = last[0].beside - last[-1].beside, math.hypot(last[0].error, last[-1].error)
    return fall > NormalDist().inv_cdf(level) * error


@dataclass(frozen=True, kw_only=True)
class OverOptimised:
    """Ends a stage whose reward has risen for two checkpoints while the second measure fell; rolls the last one back.

    Reads ``evaluation.RewardScore``'s scorecards: the target is the reward, ``beside`` names the second measure, whose
    difference to the stage's base is paired by item, so that rounds with other items compare. Without that ability it
    measures nothing.
    Source: Gao et al. 2022 (arXiv:2210.10760) for the rise and fall of true reward.
    """

    name: str = "over-optimisation"
    beside: str = "second measure"
    level: float = 0.99

    def __call__(self, seen: Seen, ctx: Context, /) -> Finding:
        """Out: reward, second measure and its error, with an alarm where the rule says so."""
        now = self._point(seen)
        if now is None:
            return Finding(monitor=self.name)
        before = [one.figures for one in seen.earlier if "error" in one.figures]
        points = [Point(reward=one["reward"], beside=one["beside"], error=one["error"]) for one in before]
        figures = {"reward": now.reward, "beside": now.beside, "error": now.error}
        alarm = None
        if overoptimised([*points, now], self.level):
            first = points[-CHECKPOINTS]
            alarm = Alarm(
                reason=(
                    f"the reward rose from {first.reward:.3f} to {now.reward:.3f} over {CHECKPOINTS} checkpoints while "
                    f"the {self.beside} fell by {100 * (first.beside - now.beside):.1f} points"
                ),
                roll_back=True,
                stop=True,
            )
        return Finding(monitor=self.name, figures=figures, alarm=alarm)

    def _point(self, seen: Seen) -> Point | None:
        """The candidate against the base, by all scorecards that have both."""
        rewards, differences = list[float](), list[float]()
        for sitting in seen.sittings:
            cards = {card.learner: card for card in sitting}
            mine, base = cards.get(seen.parties.candidate), cards.get(seen.parties.base)
            if mine is None or base is None or not (paired := _paired(self._of(mine.scores), self._of(base.scores))):
                continue  # a further look at other abilities has no reward
            rewards += mine.target.metrics[mine.metric]
            differences += paired
        if len(differences) < 2:
            return None
        error = stdev(differences) / math.sqrt(len(differences))
        return Point(reward=fmean(rewards), beside=fmean(differences), error=error)

    def _of(self, scores: Sequence[Score]) -> Score | None:
        return next((score for score in scores if score.ability == self.beside and not score.node), None)


def _paired(mine: Score | None, base: Score | None) -> list[float]:
    if mine is None or base is None:
        return []
    metric = next(iter(mine.metrics))
    theirs = dict(zip(base.items, base.metrics[metric], strict=True))
    both = zip(mine.items, mine.metrics[metric], strict=True)
    return [value - theirs[item] for item, value in both if item in theirs]
