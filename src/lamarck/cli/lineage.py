"""`lamarck lineage`: where a learner, or one sample, came from and went."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from lamarck import report
from lamarck.cli.opened import opened
from lamarck.core import Experience, UsageError, unknown
from lamarck.report import inert
from lamarck.report.reader import Run, View

LONG = 4000
"""Characters of a text that are shown."""


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    sample: Annotated[str | None, typer.Argument(help="A sample's id (TASK#3), or a task's.")] = None,
    round_: Annotated[int | None, typer.Option("--round", min=1, help="Only of this round.")] = None,
) -> None:
    """Show the learners as a tree with the gate's verdicts; with a sample, its whole way."""
    reader = opened(run)
    console = Console(highlight=False)
    if sample is None:
        console.print(report.lineage(reader))
        return
    told = [text for view in reader.rounds() if round_ in (None, view.round) for text in _told(reader, view, sample)]
    if not told:
        raise _unknown(reader, sample)
    for text in told:
        console.print(text)


def _told(reader: Run, view: View, sample: str) -> Iterator[Group]:
    """The way of each sample of that id, or of that task, through one round."""
    stage, number = view.stage, view.round
    for experience in reader.batch(stage, number, "feedback"):
        if sample in (experience.id, experience.task.id):
            yield _way(reader, view, experience)


def _way(reader: Run, view: View, experience: Experience) -> Group:
    solution, feedback, origin = experience.solution, experience.feedback, experience.origin
    lines = [("task", inert(message.text, LONG, lines=True)) for message in experience.task.messages]
    asked = experience.asked or experience.task.prompt
    said = ", ".join(f"{name}={value}" for name, value in asked.fields.items())
    lines += [
        ("prompt", inert(f"{asked.name}: {said}", LONG)),
        ("wrote", inert(solution.text, LONG, lines=True) if solution else "nothing"),
        ("by", f"learner {origin.learner}, {origin.operator}, temperature {origin.temperature}, seed {origin.seed}"),
    ]
    if feedback:
        ruling = {True: "passed", False: "failed", None: "no verdict"}[feedback.passed]
        lines.append(("feedback", f"{feedback.source}: {ruling}; {inert(feedback.text, LONG)}"))
    lines.append(("then", _fate(reader, view, experience)))
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(name, Text(text))
    return Group(Text(f"{inert(experience.id, 200)}  stage {view.stage}, round {view.round}", "bold"), table, "")


def _fate(reader: Run, view: View, experience: Experience) -> str:
    for phase in ("feedback", "refinement"):
        for drop in reader.drops(view.stage, view.round, phase):
            if drop.experience == experience.id:
                return f"dropped by {drop.operator}: {inert(drop.reason, 300)}"
    kept = any(each.id == experience.id for each in reader.batch(view.stage, view.round, "refinement"))
    if not kept:
        return "not refined yet"
    by = ", ".join(passage.operator for passage in view.funnel.get("refinement", ()))
    trained = f"trained learner {view.candidate}" if view.candidate else "nothing is trained on it yet"
    return f"kept by {by or 'everyone'}; {trained}"


def _unknown(reader: Run, sample: str) -> UsageError:
    tasks = {e.task.id for view in reader.rounds() for e in reader.batch(view.stage, view.round, "feedback")}
    if not tasks:
        return UsageError("no sample is drawn yet; type: lamarck status, or watch it: lamarck watch RUN")
    near = get_close_matches(sample, sorted(tasks), n=3, cutoff=0.5)
    return unknown("sample", sample, near or [min(tasks)], "give a task's id, or with #3 behind it its fourth sample")
