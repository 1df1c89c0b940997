"""The gate: is the candidate worse than the champion, or than the best learner so far?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Comparison, Score, Scorecard, Verdict

FLIPS = 20_000
"""Random sign vectors of the randomisation test; the smallest p-value is 1 / (FLIPS + 1)."""


@dataclass(frozen=True, kw_only=True)
class Open:
    """Promotes every candidate and says so: ``--gate off`` and stages of helpers."""

    def decide(self, cards: Mapping[str, Scorecard], candidate: str, champion: str, best: str, /) -> Verdict:
        """Out: the candidate, "recorded"; nothing was tested."""
        if candidate == champion:
            return Verdict(decision="no update", champion=champion, best=best, reason="nothing to learn from")
        higher = candidate if cards[candidate].value >= cards[best].value else best
        return Verdict(decision="recorded", champion=candidate, best=higher, reason="the gate is off")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Rolls back what is worse, promotes what is safe, promotes the rest provisionally.

    Every ability is compared with the champion and with the best learner so far, paired by item.
    *worse*: the sign-flip randomisation test rejects "equal" downwards and the interval's upper end
    is below 0. *safe*: the lower end is above minus the margin. Else *undecided*.
    The level of one comparison is alpha / (rounds x abilities x 2), so the chance that an equal
    learner is ever rolled back in the run is at most alpha (Bonferroni; the randomisation test is
    exact for equal learners, since their paired differences are symmetric around 0).
    Source: Fisher's randomisation test, one-sided, Monte Carlo with the observed value counted
    (Phipson and Smyth 2010). Differs: the interval printed beside it is the normal one at the same level.
    """

    alpha: float = 0.05
    rounds: int = 1
    """How many verdicts the run can make."""
    margin: float = 0.05
    """How much worse still counts as safe, in the metric's unit."""

    def decide(self, cards: Mapping[str, Scorecard], candidate: str, champion: str, best: str, /) -> Verdict:
        """In: scorecards by hash on the same items. Out: the verdict with every comparison made."""
        if candidate == champion:
            return Verdict(decision="no update", champion=champion, best=best, reason="nothing to learn from")
        mine = cards[candidate]
        level = self.alpha / (max(self.rounds, 1) * len(mine.gated) * 2)
        made = tuple(self._against("champion", mine, cards[champion], level))
        if best != champion:
            made += tuple(self._against("best", mine, cards[best], level))
        worse = [c for c in made if c.outcome == "worse"]
        if worse:
            said = "; ".join(f"{c.ability} {100 * c.difference:+.1f} points against {c.against}" for c in worse)
            return Verdict(
                decision="rolled back", champion=champion, best=best, comparisons=made, reason=f"worse: {said}"
            )
        higher = candidate if mine.value >= cards[best].value else best
        if all(c.outcome == "safe" for c in made):
            reason = f"within {100 * self.margin:.0f} points or better on all {len(mine.gated)} abilities"
            return Verdict(decision="promoted", champion=candidate, best=higher, comparisons=made, reason=reason)
        open_ = ", ".join(sorted({c.ability for c in made if c.outcome == "undecided"}))
        reason = f"the items cannot show that it is safe on: {open_}"
        return Verdict(decision="provisional", champion=candidate, best=higher, comparisons=made, reason=reason)

    def _against(self, whom: str, mine: Scorecard, other: Scorecard, level: float) -> Iterator[Comparison]:
        for score, rival in zip(mine.gated, other.gated, strict=True):
            metric = mine.metric if mine.metric in score.metrics else next(iter(score.metrics))
            differences = paired(score, rival, metric)
            mean, half = float(differences.mean()), _half_width(differences, level)
            worse = mean + half < 0 and sign_flip(differences) <= level
            yield Comparison(
                ability=score.ability,
                metric=metric,
                against="champion" if whom == "champion" else "best",
                difference=mean,
                low=mean - half,
                high=mean + half,
                items=len(differences),
                outcome="worse" if worse else "safe" if mean - half > -self.margin else "undecided",
            )


def paired(score: Score, rival: Score, metric: str) -> NDArray[np.float64]:
    """Per-item differences, score minus rival, [items]. Raises: ValueError where the items differ."""
    if score.items != rival.items:
        raise ValueError(f"{score.ability}: the two learners were scored on different items")
    return np.asarray(score.metrics[metric]) - np.asarray(rival.metrics[metric])


def sign_flip(differences: NDArray[np.float64]) -> float:
    """One-sided p-value of "the mean is below 0" under random signs; exact up to the Monte Carlo draw."""
    moving = differences[differences != 0]
    if not len(moving):
        return 1.0
    signs = np.random.default_rng(0).integers(0, 2, size=(FLIPS, len(moving)), dtype=np.int8) * 2 - 1
    flipped = signs @ np.abs(moving)
    # a hair of slack, so that equal sums in another order of addition count as equal
    below = int((flipped <= moving.sum() + 1e-9).sum())
    return (below + 1) / (FLIPS + 1)


def _half_width(differences: NDArray[np.float64], level: float) -> float:
    if len(differences) < 2:
        return 1.0
    spread = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    # with no disagreement at all the rule of three still leaves room for some
    return max(NormalDist().inv_cdf(1 - level) * spread, -math.log(level) / len(differences) if spread == 0 else 0.0)
