"""The table of rounds in the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from lamarck.report.history import estimate, history, metrics
from lamarck.report.lineage import STYLES
from lamarck.report.reader import Run
from lamarck.report.sound import Seen, Sound


def table(reader: Run) -> Table:
    """A row a round: the candidate's metrics in percent with 95 % intervals, samples, kept, and the gate's verdict."""
    points = history(Sound(reader))
    names = metrics(points)
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("round", justify="right")
    for name in names:
        made.add_column(Text(f"{name} %"), justify="right", no_wrap=True)
    for name in ("samples", "kept"):
        made.add_column(name, justify="right")
    made.add_column("verdict", no_wrap=True)
    for point in points:
        card, refused = point.refused or point.card, point.refused is not None
        shown = [estimate(card.target, name) for name in names]
        cells = [
            Text(
                f"{100 * e.value:.1f} ({100 * e.low:.0f}–{100 * e.high:.0f})" if e else "",
                style="dim" if refused else "",
            )
            for e in shown
        ]
        sampled, kept = amounts(point.view)
        verdict = point.view.verdict
        decision = verdict.decision if verdict else "base" if point.view.round == 0 else "not finished"
        counts = [f"{number:,}" if number is not None else "" for number in (sampled, kept)]
        made.add_row(point.label, *cells, *counts, Text(decision, style=STYLES.get(decision, "")))
    return made


def amounts(view: Seen) -> tuple[int | None, int | None]:
    """How many samples a round drew and how many it kept, by its funnel; None where the phase is not there."""
    feedback, refinement = view.funnel.get("feedback"), view.funnel.get("refinement")
    return (feedback[-1].out if feedback else None, refinement[-1].out if refinement else None)
