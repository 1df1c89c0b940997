"""Abilities that may not get worse."""

from __future__ import annotations

from collections.abc import Iterator

from lamarck.core import Score
from lamarck.report.history import Point, gained
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sections.accuracy import cell
from lamarck.report.sound import Sound
from lamarck.report.words import points, span

NOTE = (
    "Each round draws fresh items. A difference is candidate minus champion on the same items, in points, with the "
    "gate's interval; in the last look it is champion minus base, with the 95 % interval."
)


def protected(run: Sound, history: list[Point]) -> Html:
    """A row a round and ability: its score, and the paired difference from the champion of that round."""
    rows = [row for point in history for row in _round(point)]
    rows += _end(run)
    if not rows:
        return tag("p", "The environment names no ability to protect.", class_="quiet")
    head = ["round", "ability", "metric", "score", "difference", "items"]
    return join(tag("p", NOTE, class_="note"), table(head, rows))


def _round(point: Point) -> Iterator[list[Node]]:
    card = point.refused or point.card
    made = point.view.verdict.comparisons if point.view.verdict else ()
    for score, name in _guarded(card.scores, card.metric):
        found = next((c for c in made if c.ability == score.ability and c.against == "champion"), None)
        said: Node = "–"
        if found:
            said = join(points(found.difference), tag("small", f"{span(found.low, found.high)}: {found.outcome}"))
        yield [point.label, score.ability, name, cell(score, name), said, len(score.items)]


def _end(run: Sound) -> Iterator[list[Node]]:
    """The one look at the end, with many items."""
    cards = run.sealed() or ()
    if len(cards) < 2:
        return
    before = {score.ability: score for score, _ in _guarded(cards[0].scores, "")}
    for score, name in _guarded(cards[-1].scores, cards[-1].metric):
        found = gained(score, before[score.ability], name) if score.ability in before else None
        said: Node = join(points(found.value), tag("small", span(found.low, found.high))) if found else "–"
        yield ["end", score.ability, name, cell(score, name), said, len(score.items)]


def _guarded(scores: tuple[Score, ...], metric: str) -> Iterator[tuple[Score, str]]:
    """Each protected score with the metric to show: the deciding one where it has it."""
    for score in scores:
        if score.protected and score.metrics:
            yield score, metric if metric in score.metrics else next(iter(score.metrics))
