"""The sealed test: items nobody looked at before, scored once, base against champion."""

from __future__ import annotations

from lamarck.core import Estimate, Score
from lamarck.report.history import estimate, gained
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sections.accuracy import cell
from lamarck.report.sound import Sound
from lamarck.report.words import percent, points, span


def sealed(run: Sound, control: Sound | None) -> Html:
    """Base -> champion per metric with the paired difference; the control arm's champion beside it."""
    cards = run.sealed()
    if not cards:
        return tag("p", "The sealed split is not scored yet; it is scored once, when the run is done.", class_="quiet")
    base, champion = cards[0].target, cards[-1].target
    if len(cards) < 2:
        return tag(
            "p",
            f"Nothing was promoted, so only the base was scored, on {len(base.items):,} sealed items.",
            class_="note",
        )
    other = control.sealed() if control else None
    rival = other[-1].target if other else None
    head = ["", "base", "champion", "0 to 100 %", "difference, paired"]
    rows: list[list[Node]] = []
    for name in champion.metrics:
        row: list[Node] = [
            name,
            cell(base, name),
            cell(champion, name),
            _picture(base, champion, name),
            _gain(champion, base, name),
        ]
        if rival:
            row += [cell(rival, name), _gain(champion, rival, name)]
        rows.append(row)
    if rival:
        head += ["control arm", "champion over it"]
    said = f"{len(champion.items):,} sealed items of {champion.ability}, opened once, after the last round. "
    return join(
        tag(
            "p",
            said,
            "Differences are champion minus the other on the same items, in points, with 95 % intervals.",
            class_="note",
        ),
        table(head, rows),
    )


def _gain(score: Score, rival: Score, name: str) -> Node:
    found = gained(score, rival, name)
    if not found:
        return "–"
    mark = "above" if found.low > 0 else "below" if found.high < 0 else "open"
    return join(tag("span", points(found.value), class_=f"gain {mark}"), tag("small", span(found.low, found.high)))


def _picture(base: Score, champion: Score, name: str) -> Html | None:
    """The two estimates on one axis from 0 to 100 %."""
    before, after = estimate(base, name), estimate(champion, name)
    if not (before and after):
        return None
    said = f"from {percent(before.value)} to {percent(after.value)}"
    parts = [*_axis(), *_whisker(before, "refused", 11), *_whisker(after, "run", 21)]
    return tag("svg", *parts, class_="dumbbell", role="img", aria_label=said)


def _axis() -> list[Html]:
    return [tag("line", x1=f"{x}%", x2=f"{x}%", y1=2, y2=30, class_="stroke-rule") for x in (0, 25, 50, 75, 100)]


def _whisker(e: Estimate, colour: str, y: int) -> list[Html]:
    line = tag("line", x1=f"{100 * e.low:.2f}%", x2=f"{100 * e.high:.2f}%", y1=y, y2=y, class_=f"stroke-{colour}")
    return [line, tag("circle", cx=f"{100 * e.value:.2f}%", cy=y, r=4, class_=f"fill-{colour}")]
