"""Scorecards [S] and verdicts: what evaluation says, item by item, and what the gate made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, variance
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over items with its interval; all three in the metric's own unit."""

    value: float
    low: float
    high: float
    items: int


def interval(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean of per-item values in [0, 1] with a two-sided interval.

    Wilson's score interval where every value is 0 or 1, else the normal one, clipped to [0, 1].
    Raises: ValueError on no values.
    Source: Wilson 1927; for proportions near 0 or 1 it keeps its level where the normal one does not.
    """
    if not values:
        raise ValueError("an estimate needs at least one item")
    n, mean, z = len(values), fmean(values), NormalDist().inv_cdf(0.5 + confidence / 2)
    if all(v in (0.0, 1.0) for v in values):
        centre, half = mean + z * z / (2 * n), z * math.sqrt(mean * (1 - mean) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return Estimate(
            value=mean,
            low=(centre - half) / scale if mean else 0.0,
            high=(centre + half) / scale if mean < 1 else 1.0,
            items=n,
        )
    half = z * math.sqrt(variance(values) / n) if n > 1 else 1.0
    return Estimate(value=mean, low=max(0.0, mean - half), high=min(1.0, mean + half), items=n)


def pass_at_k(samples: int, right: int, k: int) -> float:
    """Chance that at least one of k draws without replacement from ``samples`` is right; unbiased.

    Source: Chen et al. 2021 (arXiv:2107.03374), section 2.1.
    """
    if not 0 <= right <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {right} right among {samples} samples is not defined")
    return 1.0 - math.comb(samples - right, k) / math.comb(samples, k)


@dataclass(frozen=True, kw_only=True)
class Score:
    """One ability of one learner: per metric one value an item, in the order of ``items``."""

    ability: str
    metrics: Mapping[str, tuple[float, ...]]
    items: tuple[str, ...]
    """Task ids, [N]."""
    split: str
    protected: bool = False
    """A protected ability may not get worse; it is never what the round tries to improve."""
    node: str = ""
    """For the part of the target that one node of the ability tree is: its path. "" = all of it."""
    unread: tuple[str, ...] = ()
    """Task ids of items that have no value, because no judge's reply could be read; not among ``items``."""

    def estimate(self, metric: str) -> Estimate:
        """The metric's mean over the items with its 95 % interval."""
        return interval(self.metrics[metric])


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """What one evaluation of one learner found: the target's score, its nodes', the protected abilities'."""

    learner: str
    scores: tuple[Score, ...]
    metric: str
    """The metric the gate and the next objective go by."""

    @property
    def target(self) -> Score:
        """The score of the ability the objective names."""
        return self.scores[0]

    @property
    def gated(self) -> tuple[Score, ...]:
        """What the gate compares: the target and the protected abilities, not the target's parts."""
        return tuple(score for score in self.scores if not score.node)

    @property
    def value(self) -> float:
        """Mean of the deciding metric on the target."""
        return fmean(self.target.metrics[self.metric])


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Whom a gate decides about, as hashes of learners."""

    candidate: str
    champion: str
    best: str
    """The last learner that was shown to be better than the best before it."""
    base: str
    """What the stage began with."""


Outcome = Literal["worse", "safe", "better", "undecided"]
"""Shown to be worse; within the margin; shown to be better, which is safe too; nothing of these."""
Decision = Literal["promoted", "provisional", "rolled back", "no update", "recorded", "deferred"]
Rival = Literal["champion", "best", "base"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One learner minus another on one ability, paired by item."""

    ability: str
    metric: str
    learner: Literal["candidate", "champion"] = "candidate"
    """Whose; the champion's where it was promoted provisionally and is still compared."""
    against: Rival
    difference: float
    low: float
    high: float
    items: int
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The gate's word on one round; ``champion`` and ``best`` are hashes after it."""

    decision: Decision
    champion: str
    best: str
    comparisons: tuple[Comparison, ...] = field(default=())
    reason: str = ""
    withdrawn: str = ""
    """Hash of the provisional champion that later items showed to be worse, "" = none."""
