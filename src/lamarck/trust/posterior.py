"""What a few items say, as odds. They stand beside the gate's verdict, never in its place.

The prior is worth one task: half of it says that the learner wins such a task wholly, half that it loses it wholly. So
without any task the odds are even, a set on which nobody differs is not taken for certain, and two hundred tasks
outweigh it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Estimate
from lamarck.trust.betting import Tally

DRAWS = 20_000
"""Draws of a posterior: a probability is exact to 0.004, whatever it is."""
JEFFREYS = 0.5
"""Of each outcome in a task's own prior, Beta(1/2, 1/2)."""
HALF = 0.5
"""Weight of the prior at each end, a task wholly won and one wholly lost."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Odds:
    """The posterior of a mean difference over tasks like these."""

    better: float
    """Probability that it is above 0."""
    difference: Estimate
    """Its posterior mean and the ends of its central credible interval."""


@dataclass(frozen=True, kw_only=True)
class TaskOdds:
    """The posterior of one task: how often each learner is right on it."""

    item: str
    learner: Estimate
    rival: Estimate
    better: float
    """Probability that the learner is right more often."""


def odds(differences: Sequence[float], *, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Odds:
    """The odds that a learner is better, from one paired difference in [-1, 1] a task, each the mean of its trials.

    Tasks are draws from the population that is meant, so what varies from trial to trial is in the differences already
    and no model of it is needed. The seed fixes the draws: equal differences, in any order, give equal odds.
    Raises: ValueError where a difference is not in [-1, 1]. Source: the Bayesian bootstrap, Rubin 1981, as the
    posterior of a Dirichlet process (Ferguson 1973). Differs: with the prior of this module; without it a set on which
    nobody differs would be certain that nobody ever does.
    """
    tally = Tally.of(differences)
    values, counts = np.append(tally.values, [-1.0, 1.0]), np.append(tally.counts, [HALF, HALF])
    rng = np.random.default_rng(seed)
    weights = rng.standard_gamma(counts, (draws, len(counts)))
    means = (weights @ values) / weights.sum(axis=1)
    middle = float(values @ counts / counts.sum())
    return Odds(better=float((means > 0).mean()), difference=_estimate(middle, means, level, tally.items))


def by_task(
    items: Sequence[str],
    right: Sequence[float],
    rival: Sequence[float],
    trials: int,
    *,
    level: float = 0.95,
    draws: int = 4_000,
    seed: int = 0,
) -> list[TaskOdds]:
    """Each task's own posterior, Beta-Binomial with Jeffreys' prior.

    In: for each task how many of so many trials either learner had right; a score between 0 and 1 counts as that part
    of a trial. Out: in the order of the items. Trials of two learners are taken as independent, although they share
    their seeds: what a shared seed brings is in the odds over all tasks, which look at differences alone.
    """
    found = list[TaskOdds]()
    for at, (item, mine, other) in enumerate(zip(items, right, rival, strict=True)):
        rng = np.random.default_rng((seed, at))
        sides = [(JEFFREYS + hits, JEFFREYS + trials - hits) for hits in (mine, other)]
        ours, theirs = (rng.beta(a, b, draws) for a, b in sides)
        one, two = (
            _estimate(a / (a + b), drawn, level, trials) for (a, b), drawn in zip(sides, (ours, theirs), strict=True)
        )
        found.append(TaskOdds(item=item, learner=one, rival=two, better=float((ours > theirs).mean())))
    return found


def _estimate(mean: float, drawn: Floats, level: float, items: int) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=mean, low=float(low), high=float(high), items=items)
