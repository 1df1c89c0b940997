"""`lamarck watch`: follow a run that another process makes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from lamarck.cli.live import Live
from lamarck.cli.opened import is_held
from lamarck.store import RunReader, find

PAUSE_S = 0.5


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    once: Annotated[bool, typer.Option("--once", help="Print what there is and end.")] = False,
) -> None:
    """Follow the events of a run until it ends; Ctrl-C stops watching, never the run."""
    path = find(run)
    try:
        with Live(path, Console(highlight=False)) as live:
            for event in follow(path, once=once):
                live(event)
    except KeyboardInterrupt:
        print(f"not watching any more; the run goes on. Again: lamarck watch {run}")


def follow(path: Path, *, once: bool = False) -> Iterator[Mapping[str, Any]]:
    """The events of a run, as they come; ends when the run does."""
    seen = 0
    while True:
        over = once or RunReader(path).info.status != "running" or not is_held(path)
        # read after the state: what is written before the last state is among them
        events = list(RunReader(path).events())
        yield from events[seen:]
        seen = len(events)
        if over:
            return
        time.sleep(PAUSE_S)
