"""From the finished runs of a plan to its figures: levels, paired differences, and what became of its claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from benchmarks.evidence.exam import CLEAN
from benchmarks.evidence.figures import Figures, figures
from benchmarks.evidence.plan import Claim, Plan, Side
from benchmarks.evidence.runs import LEDGER, Attempt, attempts, done, place_of

import lamarck
from lamarck.core import Score, Scorecard

T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
)  # fmt: skip
"""Student's t for two-sided 95 % intervals, by degrees of freedom from 1."""
LIKELIHOOD = "likelihood"
Cards = Mapping[tuple[str, int], tuple[Scorecard, Scorecard]]
"""(arm, seed) -> scorecards of what the run began with and of its last learner, on the sealed items."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One side minus the other: a mean over items inside each seed, and Student's 95 % interval over seeds."""

    seeds: tuple[int, ...]
    values: tuple[float, ...]
    """One a seed: points, or nats a token for "likelihood"."""
    mean: float | None
    """None without seeds."""
    low: float | None
    """None for fewer than two seeds."""
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a claim."""

    text: str
    required: bool
    difference: Difference
    holds: Literal["yes", "no", "open"]
    """"open": the interval has the bound inside, or runs are missing."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """One run of the plan, finished or not."""

    arm: str
    seed: int
    status: Literal["done", "failed", "missing"]
    said: str
    """Of a failed one, its last line."""
    cpu_s: float
    """Of all processes that worked on it."""
    attempts: int
    base: Mapping[str, float]
    """Metric -> mean over items."""
    champion: Mapping[str, float]
    figures: Figures | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """Every figure of a plan."""

    runs: tuple[RunResult, ...]
    over_base: Mapping[str, Mapping[str, Difference]]
    """Arm -> metric -> its last learner minus what it began with."""
    over_arms: Mapping[str, Mapping[str, Difference]]
    """Arm -> metric -> the recipe minus this arm."""
    claims: tuple[Outcome, ...]


def analyse(plan: Plan, folder: Path) -> Result:
    """Read what is there."""
    tried = attempts(folder / plan.recipe / LEDGER)
    cards, results = dict[tuple[str, int], tuple[Scorecard, Scorecard]](), list[RunResult]()
    for seed, arm in plan.runs():
        place = place_of(folder, plan, arm, seed)
        mine = [one for one in tried if (one.arm, one.seed) == (arm, seed)]
        run = lamarck.Run(place) if done(place) else None
        scored = run.reader.sealed() if run else None
        if run and scored:
            cards[arm, seed] = scored[0], scored[-1]
        results.append(_result(arm, seed, mine, cards.get((arm, seed)), figures(run) if run else None))
    return compared(plan, cards, results)


def compared(plan: Plan, cards: Cards, results: Sequence[RunResult] = ()) -> Result:
    """The differences and claims of a plan from its scorecards."""
    metrics = list(dict.fromkeys(name for pair in cards.values() for name in named(pair[0])))
    arms = [arm for arm in plan.arms if any(arm == name for name, _ in cards)]
    over_base = {
        arm: {m: difference(cards, Side(arm=arm, metric=m), Side(arm=arm, metric=m, who="base")) for m in metrics}
        for arm in arms
    }
    over_arms = {
        arm: {m: difference(cards, Side(metric=m), Side(arm=arm, metric=m)) for m in metrics}
        for arm in arms
        if arm != "recipe"
    }
    claims = tuple(outcome(claim, difference(cards, claim.more, claim.less)) for claim in plan.claims)
    return Result(runs=tuple(results), over_base=over_base, over_arms=over_arms, claims=claims)


def difference(cards: Cards, more: Side, less: Side) -> Difference:
    """In: scorecards and two sides. Out: seeds that have both, paired by item inside each.

    Raises: ValueError where the sides of a seed were scored on different items, or lack the metric.
    """
    arms = [seed for arm, seed in cards if arm == more.arm]
    seeds = tuple(sorted(seed for seed in arms if (less.arm, seed) in cards))
    values = tuple(_paired(_one(cards, more, seed), _one(cards, less, seed), more, less) for seed in seeds)
    mean, low, high = student(values)
    return Difference(seeds=seeds, values=values, mean=mean, low=low, high=high)


def student(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Mean and Student's 95 % interval; no interval for one value, nothing for none."""
    n = len(values)
    if n < 2:
        return (fmean(values) if values else None), None, None
    half = T_975[n - 2] * stdev(values) / math.sqrt(n)
    return fmean(values), fmean(values) - half, fmean(values) + half


def outcome(claim: Claim, found: Difference) -> Outcome:
    """Whether a difference is where the plan says."""
    holds: Literal["yes", "no", "open"] = "open"
    if found.low is not None and found.high is not None:
        inside = (claim.above is None or found.low > claim.above) and (claim.below is None or found.high < claim.below)
        outside = (claim.above is not None and found.high < claim.above) or (
            claim.below is not None and found.low > claim.below
        )
        holds = "yes" if inside else "no" if outside else "open"
    return Outcome(text=claim.text, required=claim.required, difference=found, holds=holds)


def named(card: Scorecard) -> dict[str, tuple[Score, str]]:
    """Metric of a plan -> the score and the metric of it: the target's own, abilities by name, "likelihood"."""
    found = {metric: (card.target, metric) for metric in card.target.metrics}
    for score in card.scores[1:]:
        name = LIKELIHOOD if score.ability == CLEAN else score.ability
        found[name] = score, next(iter(score.metrics))
    return found


def _one(cards: Cards, side: Side, seed: int) -> Scorecard:
    base, champion = cards[side.arm, seed]
    return base if side.who == "base" else champion


def _paired(more: Scorecard, less: Scorecard, a: Side, b: Side) -> float:
    one, other = _values(more, a), _values(less, b)
    if one.keys() != other.keys():
        raise ValueError(f"{a.arm} {a.metric} and {b.arm} {b.metric} were scored on different items")
    scale = 1 if LIKELIHOOD in (a.metric, b.metric) else 100
    return scale * fmean(value - other[item] for item, value in one.items())


def _values(card: Scorecard, side: Side) -> dict[str, float]:
    known = named(card)
    if side.metric not in known:
        raise ValueError(f"{side.arm} has no '{side.metric}'; it has {', '.join(known)}")
    score, metric = known[side.metric]
    return dict(zip(score.items, score.metrics[metric], strict=True))


def _result(
    arm: str, seed: int, tried: Sequence[Attempt], cards: tuple[Scorecard, Scorecard] | None, told: Figures | None
) -> RunResult:
    failed = tried[-1] if tried and cards is None else None
    said = (failed.said or f"ended with code {failed.code}") if failed else ""
    means = [{name: fmean(score.metrics[m]) for name, (score, m) in named(card).items()} for card in cards or ()]
    return RunResult(
        arm=arm,
        seed=seed,
        status="done" if cards else "failed" if failed else "missing",
        said=said,
        cpu_s=round(sum(one.cpu_s for one in tried), 1),
        attempts=len(tried),
        base=means[0] if means else {},
        champion=means[-1] if means else {},
        figures=told,
    )
