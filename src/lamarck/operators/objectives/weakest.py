"""Go where the learner is worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import Choice, Context, Objective, Scorecard


@dataclass(frozen=True, kw_only=True)
class Weakest:
    """The next objective is the node of the ability tree with the lowest score.

    Reads the scores by node of the latest scorecard; ``objective.node`` tells the environment's
    generator what to make. Ties go to the first. Without scores by node the objective stays.
    Source: survey (arXiv:2404.14387), section 8.1; T-Eval (arXiv:2312.14033) for scores by node.
    """

    metric: str = ""
    """Which metric ranks the nodes; "" = the scorecard's own."""

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        """Out: the objective with the weakest node, and what it scored."""
        latest = scorecards[-1] if scorecards else None
        nodes = {score.node: score for score in latest.scores if score.node} if latest else {}
        if latest is None or not nodes:
            return Choice(objective=objective, reason="no scores by node")
        metric = self.metric or latest.metric
        means = {name: fmean(score.metrics[metric]) for name, score in nodes.items()}
        weakest = min(means, key=means.__getitem__)
        return Choice(
            objective=replace(objective, node=weakest),
            reason=f"weakest of {len(means)} nodes: {weakest} at {means[weakest]:.3f}",
        )
