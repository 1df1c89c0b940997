"""`lamarck status`: how far a run is, or all runs here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lamarck.cli.opened import is_held, opened
from lamarck.core import LamarckError
from lamarck.report import inert, table
from lamarck.report.words import when
from lamarck.store import RunReader
from lamarck.store.folder import RUNS, is_run


def command(
    run: Annotated[str | None, typer.Argument(help="Name of a run in runs/, or its path; all runs without.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data instead of a table.")] = False,
) -> None:
    """Show how far a run is and what it found so far; never waits for the process that makes it."""
    console = Console(highlight=False)
    if run is None:
        found = [_row(path) for path in sorted(RUNS.iterdir()) if is_run(path)] if RUNS.is_dir() else []
        print(json.dumps(found, indent=1)) if as_json else console.print(_runs(found))
        return
    reader = opened(run)
    if as_json:
        print(json.dumps(_row(reader.path), indent=1))
        return
    row = _row(reader.path)
    console.print(_line(row), markup=False, soft_wrap=True)
    console.print(table(reader))
    if row["status"] in ("paused", "failed", "killed") and "lamarck resume" not in row["reason"]:
        console.print(f"go on with it: lamarck resume {run}", markup=False, soft_wrap=True)


def _row(path: Path) -> dict[str, Any]:
    """A run as data; a damaged one says so and stands in the way of no other."""
    try:
        info = RunReader(path).info
    except LamarckError as error:
        return {"run": path.name, "path": str(path), "status": "damaged", "reason": str(error)}
    keys = ("status", "recipe", "environment", "learner", "seed", "stage", "round", "phase", "champion", "base")
    more = ("started", "finished", "reason")
    row: dict[str, Any] = {"run": path.name, "path": str(path), **{key: getattr(info, key) for key in (*keys, *more)}}
    if info.status == "running" and not is_held(path):
        row["status"] = "killed"
    return row


def _line(row: dict[str, Any]) -> str:
    is_under_way = row["status"] not in ("done", "damaged") and row.get("phase")
    at = f", round {row['round']}, {row['phase']} is committed" if is_under_way else ""
    reason = f": {inert(str(row['reason']), 300)}" if row.get("reason") else ""
    return f"{row['path']}: {row['status']}{at}{reason}"


def _runs(rows: list[dict[str, Any]]) -> Table | str:
    if not rows:
        return "no runs in runs/ yet; type: lamarck run rest_em --learner pupil --environment game24"
    made = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("run", "status", "recipe", "environment", "learner", "seed", "round", "started"):
        made.add_column(heading, overflow="fold")
    for row in rows:
        keys = ("run", "status", "recipe", "environment", "learner", "seed", "round", "started")
        shown = {**row, "started": when(row.get("started"))}
        made.add_row(*(inert(str(shown.get(key, "")), 60) for key in keys))
    return made
