"""The learners of the run: who was made from whom."""

from __future__ import annotations

from lamarck.report.learners import Descent, learners
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sections.accuracy import decision
from lamarck.report.sound import Sound


def family(run: Sound) -> Html:
    """A row a learner."""
    made = learners(run)
    if not made:
        return tag("p", "No learner is recorded yet.", class_="quiet")
    return table(["learner", "made from", "round", "verdict", "model"], [_row(one) for one in made], numbers=False)


def _row(one: Descent) -> list[Node]:
    name = tag("code", one.hash)
    crowned: Node = join(name, " ", tag("span", "champion", class_="badge champion")) if one.is_champion else name
    parent: Node = tag("code", one.parent) if one.parent else "–"
    return [
        crowned,
        parent,
        one.round or "–",
        decision(one.decision or "base" if not one.round else one.decision or "not judged"),
        one.model or "–",
    ]
