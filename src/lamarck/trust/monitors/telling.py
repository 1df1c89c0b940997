"""Figures of a finding: an estimate is three numbers under its name, and is read again by it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist, fmean, variance

from lamarck.core import Choice, Context, Estimate, Phase, Seen

LOW, HIGH, ITEMS = " low", " high", " items"


def spread(values: Sequence[float], level: float = 0.95) -> Estimate | None:
    """Mean of values of any size with its normal two-sided interval; None for fewer than two."""
    if len(values) < 2:
        return None
    mean, half = fmean(values), NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance(values) / len(values))
    return Estimate(value=mean, low=mean - half, high=mean + half, items=len(values))


def told(found: Mapping[str, Estimate | float | None]) -> dict[str, float]:
    """Figures by name, an estimate as four; what is None is left out."""
    figures = dict[str, float]()
    for name, one in found.items():
        if isinstance(one, Estimate):
            figures |= {name: one.value, name + LOW: one.low, name + HIGH: one.high, name + ITEMS: float(one.items)}
        elif one is not None:
            figures[name] = float(one)
    return figures


def heard(figures: Mapping[str, float], name: str) -> Estimate | None:
    """The estimate of this name; None where the figures have none."""
    if name + LOW not in figures:
        return None
    value, low, high, items = (figures[name + end] for end in ("", LOW, HIGH, ITEMS))
    return Estimate(value=value, low=low, high=high, items=int(items))


def plain(figures: Mapping[str, float]) -> Iterator[str]:
    """Names without the ends of their intervals."""
    return (name for name in figures if not name.endswith((LOW, HIGH, ITEMS)))


def alike(seen: Seen, ctx: Context) -> dict[int, Mapping[str, float]]:
    """Round -> this monitor's figures, of the earlier rounds with the objective of this one, oldest first.

    Other tasks have other figures: a round on harder ones is no collapse.
    """

    def objective(round: int) -> object:
        made = ctx.store.read(Phase(stage=ctx.number, round=round - 1, name="objective"), Choice)
        return made.objective if made else seen.cycle.objective

    rounds = enumerate(seen.earlier, ctx.round - len(seen.earlier))
    return {round: finding.figures for round, finding in rounds if objective(round) == ctx.objective}
