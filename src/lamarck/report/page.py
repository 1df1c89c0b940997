"""``report.html``: one page that holds everything, loads nothing and runs nothing."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lamarck.report.control import beside
from lamarck.report.history import history
from lamarck.report.markup import Html, join, tag
from lamarck.report.reader import Run
from lamarck.report.samples import SHOWN, Look, evenly, look
from lamarck.report.sections.accuracy import accuracy
from lamarck.report.sections.alarms import alarms
from lamarck.report.sections.browser import browser
from lamarck.report.sections.cost import cost
from lamarck.report.sections.drawing import drawing
from lamarck.report.sections.errors import errors
from lamarck.report.sections.family import family
from lamarck.report.sections.forgetting import forgetting
from lamarck.report.sections.funnel import funnel
from lamarck.report.sections.heading import heading
from lamarck.report.sections.held_out import held_out
from lamarck.report.sections.memory import memory
from lamarck.report.sections.monitors import monitors
from lamarck.report.sections.nodes import nodes
from lamarck.report.sections.objectives import objectives
from lamarck.report.sections.odds import odds_of
from lamarck.report.sections.protected import protected
from lamarck.report.sections.sealed import sealed
from lamarck.report.sections.tale import tale
from lamarck.report.sections.values import values
from lamarck.report.sections.verdicts import verdicts
from lamarck.report.sound import Sound

STYLE = Path(__file__).with_name("page.css")


def write(reader: Run, path: Path | None = None, *, control: Run | None = None) -> Path:
    """Write the page. Out: where it lies; ``report.html`` in the run folder unless told.

    ``control`` is a run of the same recipe with ``--ablate own_samples``; one that lies beside this run
    is found without being named. Raises: MissingExtra without matplotlib.
    """
    to = path or reader.path / "report.html"
    text = page(reader, control or beside(reader))
    handle, draft = tempfile.mkstemp(dir=to.parent, prefix=".report-", suffix=".html")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).replace(to)  # whoever has the old page open keeps a whole one
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return to


def page(reader: Run, control: Run | None = None) -> str:
    """The page as text."""
    run, arm = Sound(reader), Sound(control) if control else None
    points, told = history(run), tale(run)
    looks = _looks(run)
    parts = (
        ("cycle", "The cycle", drawing(run)),
        ("accuracy", "Accuracy per round", join(accuracy(points, arm), nodes(points))),
        ("sealed", "Sealed test", sealed(run, arm)),
        ("held-out", "Held-out items", held_out(run)),
        ("puzzle", "One puzzle", told),
        ("protected", "Protected abilities", protected(run, points)),
        ("gate", "What the gate said", verdicts(run)),
        ("odds", "With few items", odds_of(run)),
        ("alarms", "Alarms", alarms(run)),
        ("monitors", "Monitors", monitors(run)),
        ("forgetting", "Forgetting", forgetting(run, points)),
        ("errors", "What goes wrong", errors(run)),
        ("funnel", "What came through", funnel(run)),
        ("cost", "Cost and time", cost(run, looks)),
        ("values", "Training values", values(run)),
        ("memory", "Memory", memory(run)),
        ("learners", "Learners", family(run)),
        ("objectives", "Objectives", objectives(run)),
        ("samples", "Samples", browser(looks)),
    )
    sections = [part for part in parts if part[2] is not None]  # a run without memory says nothing of it
    body = join(
        heading(run, points, run.faults),
        tag("nav", [tag("a", title, href=f"#{name}") for name, title, _ in sections], aria_label="Contents"),
        [tag("section", tag("h2", title), content, id=name) for name, title, content in sections],
        tag("footer", "Written by Lamarck. This page loads nothing from anywhere and runs no script."),
    )
    return _document(f"{run.info.recipe} on {run.info.environment}", tag("main", body))


def _looks(run: Sound) -> Sequence[Look]:
    """The rounds' samples; first those of the first and last round, which the puzzle has just been found in."""
    views = [view for view in run.rounds() if view.round]
    order = [*views[:1], *views[1:][-1:], *views[1:-1]]
    open_ones = {(view.stage, view.round) for view in evenly(views, SHOWN // 2)}
    share = SHOWN // max(len(open_ones), 1)
    found = [look(run, view, share if (view.stage, view.round) in open_ones else 0) for view in order]
    return sorted(found, key=lambda one: (one.view.stage, one.view.round))


def _document(title: str, body: Html) -> str:
    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(STYLE.read_text(encoding="utf-8")), nonce=nonce),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', body), lang='en')}\n"
