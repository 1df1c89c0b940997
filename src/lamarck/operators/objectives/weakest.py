"""Go where the learner is worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import Choice, Objective, Scorecard


@dataclass(frozen=True, kw_only=True)
class Weakest:
    """The next objective is the node of the ability tree with the lowest score.

    Reads the scores whose ability is named ``<objective.ability>/<node>``; the environment says in
    ``Score.ability`` which node an item belongs to, and ``objective.node`` tells its generator what
    to make. Ties go to the first. Without node scores the objective stays.
    Source: survey (arXiv:2404.14387), section 8.1; T-Eval (arXiv:2312.14033) for scores by node.
    """

    metric: str = ""
    """Which metric ranks the nodes; "" = the scorecard's own."""

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], /) -> Choice:
        """Out: the objective with the weakest node, and what it scored."""
        latest = scorecards[-1] if scorecards else None
        prefix = objective.ability + "/"
        nodes = (
            {s.ability.removeprefix(prefix): s for s in latest.scores if s.ability.startswith(prefix)} if latest else {}
        )
        if latest is None or not nodes:
            return Choice(objective=objective, reason="no scores by node")
        metric = self.metric or latest.metric
        means = {name: fmean(score.metrics[metric]) for name, score in nodes.items()}
        weakest = min(means, key=means.__getitem__)
        return Choice(
            objective=replace(objective, node=weakest),
            reason=f"weakest of {len(means)} nodes: {weakest} at {means[weakest]:.3f}",
        )
