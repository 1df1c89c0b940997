"""How many tasks, and how many trials of each, show a gain of so many points; and what they cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

MOST_TRIALS = 64
"""Trials a task that are thought of: more of them tell nothing that another task would not tell better."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far differences of two learners scatter: from task to task, and from trial to trial of one task."""

    between: float
    """Variance of the tasks' true differences."""
    within: float
    """Variance of one paired trial about its task's difference."""

    def error(self, tasks: int, trials: int) -> float:
        """Standard error of the mean difference over so many tasks of so many trials."""
        return math.sqrt((self.between + self.within / trials) / tasks)


@dataclass(frozen=True, kw_only=True)
class Design:
    """So many tasks, each tried so often by both learners."""

    tasks: int
    trials: int
    cost: float
    """In the unit of the prices."""
    error: float
    """Standard error of the mean difference."""


def spread(learner: Sequence[float], rival: Sequence[float], trials: int) -> Spread:
    """The spread that two learners' scores show. In: of each task the mean of its trials, in [0, 1].

    The variance from task to task has the same prior as :mod:`lamarck.trust.posterior`, one task half won and half
    lost, so it is never 0. What varies from trial to trial is taken from the means as of right and wrong, and as if
    trials of the two were independent, so shared seeds make it too large, never too small; one trial a task cannot
    tell the two apart, and all of it counts as from task to task.
    """
    differences = [a - b for a, b in zip(learner, rival, strict=True)]
    n = len(differences) + 1
    total = (math.fsum(d * d for d in differences) + 1) / n - (math.fsum(differences) / n) ** 2
    if trials < 2 or not differences:
        return Spread(between=total, within=0.0)
    each = fmean(a * (1 - a) + b * (1 - b) for a, b in zip(learner, rival, strict=True))
    within = each * trials / (trials - 1)
    return Spread(between=max(0.0, total - within / trials), within=within)


def needed(found: Spread, trials: int, *, effect: float = 0.05, confidence: float = 0.95, power: float = 0.8) -> int:
    """Tasks of so many trials that show a gain of ``effect`` to be more than 0, at this confidence, this often.

    One look with the normal interval, two-sided; the gate, which may look as often as it likes, needs more.
    """
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + confidence / 2) + normal.inv_cdf(power)
    return max(2, math.ceil((z * found.error(1, trials) / effect) ** 2 - 1e-9))


def cheapest(
    found: Spread, *, effect: float = 0.05, task: float = 0.0, trial: float = 2.0, most: int | None = None
) -> Design | None:
    """The cheapest design that shows a gain of ``effect``; None where no number of trials of ``most`` tasks does.

    In: what a task costs beside its trials (writing it, labelling it), and a trial of both learners, 2 calls. Where a
    task costs nothing more, one trial of many tasks is cheapest; else the best number of trials is near the root of
    (within / between) x (task / trial) (Cochran 1977, section 10.6). Of equal costs the one with fewer trials.
    """
    return min(_reaching(found, effect, task, trial, most), key=lambda one: (one.cost, one.trials), default=None)


def best(
    found: Spread, budget: float, *, task: float = 0.0, trial: float = 2.0, most: int | None = None
) -> Design | None:
    """The design with the smallest error that a budget pays, None where it pays not one trial of one task."""
    designs = list[Design]()
    for trials in range(1, MOST_TRIALS + 1):
        price = task + trials * trial
        tasks = int(budget // price) if price else 0
        tasks = tasks if most is None else min(tasks, most)
        if tasks:
            designs.append(Design(tasks=tasks, trials=trials, cost=tasks * price, error=found.error(tasks, trials)))
    return min(designs, key=lambda one: (one.error, one.cost), default=None)


def _reaching(found: Spread, effect: float, task: float, trial: float, most: int | None) -> Iterator[Design]:
    for trials in range(1, MOST_TRIALS + 1):
        tasks = needed(found, trials, effect=effect)
        if most is None or tasks <= most:
            error = found.error(tasks, trials)
            yield Design(tasks=tasks, trials=trials, cost=tasks * (task + trials * trial), error=error)
