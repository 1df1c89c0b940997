"""A run under way on the command line: told as it goes, told as a whole at its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.rule import Rule

from lamarck import report
from lamarck.api.gathering import Gathered
from lamarck.api.question import Listener
from lamarck.api.results import Run
from lamarck.cli import failures
from lamarck.cli.live import Live
from lamarck.core import LamarckError, MissingExtra, PausedRun, Score, Scorecard, interval
from lamarck.report.history import gained
from lamarck.report.words import percent, points, span, within
from lamarck.store import RunReader


def told(
    make: Callable[[Listener], Run], folder: Path, *, as_json: bool, data: Callable[[Run], Gathered] | None = None
) -> None:
    """Make a run that lies in ``folder``, tell it live, and print what came of it; ends with its exit code.

    ``data`` writes what the run kept.
    """
    console = Console(highlight=False, stderr=as_json)
    try:
        with Live(folder, console) as live:
            run = make(live)
            kept = data(run) if data else None
    except KeyboardInterrupt:
        raise PausedRun(f"stopped; nothing committed is lost; type: lamarck resume {folder}") from None
    except LamarckError as error:
        if as_json:
            print(json.dumps({"path": str(folder), "exit_code": error.exit_code, "error": str(error)}))
        raise
    except Exception as error:
        raise failures.crashed(error, folder) from error
    with console.status("writing report.html ..."):
        page = _page(run)
    if as_json:
        more = {"data": {"file": str(kept.file), "format": kept.form, "rows": kept.rows}} if kept else {}
        print(json.dumps({**result(run, page), **more}, indent=1))
    else:
        summary(run, page, console)
        if kept:
            console.print(kept.told, markup=False, soft_wrap=True)
    raise typer.Exit(run.exit_code)


def summary(run: Run, page: Path | str, console: Console) -> None:
    """Print the rounds, the sealed result, the plot, one puzzle told in words, and where the page is.

    Of a run that stops before anybody is measured: what came through the operators.
    """
    reader = run.reader
    console.print()
    if not any(view.scorecards for view in reader.rounds()):
        console.print(report.through(reader))
    else:
        _measured(reader, console)
    console.print(Rule(style="dim"))
    console.print(f"report: {page}", markup=False, soft_wrap=True)
    console.print(f"lineage: lamarck lineage {run.path}", markup=False, soft_wrap=True)


def _measured(reader: RunReader, console: Console) -> None:
    console.print(report.table(reader))
    if cards := reader.sealed():
        console.print(f"\nsealed, scored once: {sealed(cards)}", markup=False)
    console.print()
    try:
        console.print(report.plot(reader))
    except MissingExtra as error:
        console.print(str(error), markup=False)
    console.print(Rule(style="dim"))
    console.print(report.story(reader))


def sealed(cards: Sequence[Scorecard]) -> str:
    """Base to champion on the sealed tasks, and the paired difference with its interval."""
    if len(cards) < 2:
        said = ", ".join(_plain(cards[0], name) for name in cards[0].target.metrics)
        return f"the base is still the champion; {said}"
    base, champion = cards[0].target, cards[-1].target
    lines: list[str] = []
    for name in champion.metrics:
        paired = gained(champion, base, name)
        change = f", {points(paired.value)} points ({span(paired.low, paired.high)})" if paired else ""
        ends = " to ".join(percent(interval(score.metrics[name]).value) for score in (base, champion))
        lines.append(f"\n  {name} {ends}{change}")
    return "".join(lines)


def result(run: Run, page: Path | str) -> dict[str, Any]:
    """What came of a run, as data."""
    info = run.info
    return {
        "path": str(run.path),
        "status": info.status,
        "exit_code": run.exit_code,
        "base": info.base,
        "champion": info.champion,
        "rounds": [
            {
                "stage": view.stage,
                "round": view.round,
                "candidate": view.candidate,
                "scores": card(view.scorecards[0]) if view.scorecards else None,
                "verdict": view.verdict.decision if view.verdict else None,
                "reason": view.verdict.reason if view.verdict else None,
            }
            for view in run.reader.rounds()
        ],
        "sealed": [card(each) for each in run.reader.sealed() or ()],
        "report": str(page),
    }


def card(scorecard: Scorecard) -> dict[str, Any]:
    """A scorecard as data: the metrics of each ability, and of each node of the target, with their intervals."""
    return {
        "learner": scorecard.learner,
        "abilities": {score.ability: _metrics(score) for score in scorecard.scores if not score.node},
        "nodes": {score.node: _metrics(score) for score in scorecard.scores if score.node},
    }


def _metrics(score: Score) -> dict[str, dict[str, float]]:
    return {
        name: {"value": e.value, "low": e.low, "high": e.high, "items": e.items}
        for name, values in score.metrics.items()
        if values and (e := interval(values))
    }


def _plain(scorecard: Scorecard, name: str) -> str:
    estimate = interval(scorecard.target.metrics[name])
    return f"{name} {percent(estimate.value)} ({within(estimate)})"


def _page(run: Run) -> Path | str:
    try:
        return report.write(run.reader)
    except MissingExtra as error:
        print(f"lamarck: {error}", file=sys.stderr)
        return f"not written; {error}"
