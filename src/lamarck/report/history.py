"""The run as a line of points, and what one learner gained on another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from lamarck.core import Estimate, Score, Scorecard
from lamarck.report.sound import Seen, Sound


@dataclass(frozen=True, kw_only=True)
class Point:
    """One evaluated round."""

    label: str
    """"3", or "2.3" in a recipe of several stages."""
    view: Seen
    card: Scorecard
    """Of the learner that stood after the gate."""
    refused: Scorecard | None = None
    """Of the candidate, where the gate rolled it back."""


def history(run: Sound) -> list[Point]:
    """The rounds that were evaluated, in order; the first is the base."""
    views = run.rounds()
    several = len({view.stage for view in views}) > 1
    found: list[Point] = []
    for view in views:
        cards = {card.learner: card for card in view.scorecards}
        if not cards:
            continue
        first, verdict = view.scorecards[0], view.verdict
        stands = cards.get(verdict.champion, first) if verdict else first
        refused = first if verdict and verdict.decision == "rolled back" and first is not stands else None
        found.append(Point(label=named(view, several), view=view, card=stands, refused=refused))
    return found


def named(view: Seen, several: bool) -> str:
    """A round's name: its number, after its stage's where there are several."""
    return f"{view.stage + 1}.{view.round}" if several else str(view.round)


def metrics(points: Sequence[Point]) -> list[str]:
    """The target's metrics in the order the evaluation gave them."""
    return list(dict.fromkeys(name for point in points for name in point.card.target.metrics))


def estimate(score: Score, metric: str) -> Estimate | None:
    """The metric's mean with its 95 % interval; None where this score lacks it."""
    return score.estimate(metric) if score.metrics.get(metric) else None


def gained(score: Score, rival: Score, metric: str) -> Estimate | None:
    """Score minus rival, paired by item, with the normal 95 % interval; None without common items."""
    other = dict(zip(rival.items, rival.metrics.get(metric, ()), strict=False))
    mine = zip(score.items, score.metrics.get(metric, ()), strict=False)
    differences = [value - other[item] for item, value in mine if item in other]
    if not differences:
        return None
    mean, n = fmean(differences), len(differences)
    half = NormalDist().inv_cdf(0.975) * stdev(differences) / math.sqrt(n) if n > 1 else 1.0
    return Estimate(value=mean, low=max(-1.0, mean - half), high=min(1.0, mean + half), items=n)
