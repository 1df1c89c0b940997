"""How many experiences went into and came out of each operator, and why the rest were dropped."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import Passage
from lamarck.report.history import named
from lamarck.report.markup import Html, tag
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import count

REASONS = 8
"""Reasons named one by one; the rest are summed."""


def funnel(run: Sound) -> Html:
    """A block a round, the last one open."""
    views = [view for view in run.rounds() if view.funnel]
    several = len({view.stage for view in run.rounds()}) > 1
    if not views:
        return tag("p", "No phase is committed yet.", class_="quiet")
    return tag("div", [_round(view, several, view is views[-1]) for view in views])


def _round(view: Seen, several: bool, is_open: bool) -> Html:
    widest = max((max(p.into, p.out) for passages in view.funnel.values() for p in passages), default=1) or 1
    rows = [_phase(name, passages, view, widest) for name, passages in view.funnel.items() if passages]
    return tag("details", tag("summary", f"Round {named(view, several)}"), rows, open=is_open, class_="funnel")


def _phase(name: str, passages: Sequence[Passage], view: Seen, widest: int) -> Html:
    dropped = view.drops.get(name)
    bars = [_bar(p, widest, [(r, n) for (o, r), n in (dropped or {}).items() if o == p.operator]) for p in passages]
    return tag("section", tag("h4", name), bars)


def _bar(passage: Passage, widest: int, reasons: list[tuple[str, int]]) -> Html:
    into, out = 100 * passage.into / widest, 100 * passage.out / widest
    picture = tag(
        "svg",
        tag("rect", width=f"{into:.2f}%", height="100%", class_="fill-into"),
        tag("rect", width=f"{out:.2f}%", height="100%", class_="fill-run"),
        class_="bar",
        aria_hidden="true",
    )
    said = tag("span", f"{passage.into:,} → {passage.out:,}", class_="amount")
    return tag(
        "div",
        tag("span", passage.operator.split(".", 1)[-1], class_="operator"),
        picture,
        said,
        _dropped(reasons),
        class_="passage",
    )


def _dropped(reasons: list[tuple[str, int]]) -> Html | None:
    ranked = sorted(reasons, key=lambda one: -one[1])
    named_ones = [f"{number:,} {reason}" for reason, number in ranked[:REASONS]]
    rest = sum(number for _, number in ranked[REASONS:])
    if rest:
        named_ones.append(f"{rest:,} for {count(len(ranked) - REASONS, 'other reason')}")
    return tag("span", "dropped: " + " · ".join(named_ones), class_="reasons") if named_ones else None
