"""What came through the operators of a run, in the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from lamarck.report.history import named
from lamarck.report.inert import inert
from lamarck.report.reader import Run
from lamarck.report.sound import Sound

REASONS = 3
"""Reasons told of an operator; the rest are in the page."""


def through(reader: Run) -> Table:
    """A row an operator and round: how many went in and came out, and why the rest were dropped."""
    run = Sound(reader)
    several = len({view.stage for view in run.rounds()}) > 1
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("round", "operator", "in", "out"):
        made.add_column(name, justify="left" if name == "operator" else "right", no_wrap=True)
    made.add_column("dropped")
    for view in run.rounds():
        for phase, passages in view.funnel.items():
            reasons = view.drops.get(phase) or {}
            for passage in passages:
                of = sorted(((n, why) for (name, why), n in reasons.items() if name == passage.operator), reverse=True)
                told = [f"{n:,} {inert(why, 60)}" for n, why in of[:REASONS]] + ["..."] * (len(of) > REASONS)
                cells = (named(view, several), passage.operator, f"{passage.into:,}", f"{passage.out:,}")
                made.add_row(*map(Text, cells), Text("; ".join(told)))
    return made
