"""The target cut by node of the ability tree, where the environment names nodes."""

from __future__ import annotations

from lamarck.core import Score, Scorecard
from lamarck.report.history import Point
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sections.accuracy import cell

MOST = 40
"""Nodes shown: the weakest ones of the last round."""


def nodes(history: list[Point]) -> Html | None:
    """A row a node, a column a round; None where no score has a node."""
    columns = [_by_node(point.card) for point in history]
    last = columns[-1] if columns else {}
    if not last:
        return None
    metric = history[-1].card.metric
    weakest = sorted(last, key=lambda name: _mean(last[name], metric))[:MOST]
    rows: list[list[Node]] = [
        [name, *(cell(column[name], metric) if name in column else "–" for column in columns)] for name in weakest
    ]
    head = ["node", *(f"round {point.label}" for point in history)]
    note = f"{metric} by node of the ability tree, the weakest of the last round first."
    return join(tag("h3", "By node"), tag("p", note, class_="note"), table(head, rows))


def _by_node(card: Scorecard) -> dict[str, Score]:
    return {score.node: score for score in card.scores if score.node and not score.protected}


def _mean(score: Score, metric: str) -> float:
    values = score.metrics.get(metric) or (1.0,)
    return sum(values) / len(values)
