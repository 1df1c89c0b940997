"""`lamarck promote`: make a learner of a run its champion by hand."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from lamarck import operators
from lamarck.store import find
from lamarck.store.pointer import Move, move

Run = Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the event log.")]


def command(
    run: Run,
    learner: Annotated[str, typer.Argument(metavar="[HASH]", help="Of a learner; the last candidate without.")] = "",
    why: Why = "",
) -> None:
    """Make a learner of a run its champion, whatever the gate said; lineage tells who did it and why."""
    moved(run, "promote", learner, why)


def moved(run: str, action: Literal["promote", "rollback"], learner: str, why: str) -> None:
    """Move the champion of a run and print what that means."""
    path = find(run)
    told(move(path, action, learner, who=who(), why=why, known=operators.table()), path, run)


def told(done: Move, path: Path, run: str) -> None:
    """Print what a move of the champion means."""
    console = Console(highlight=False)
    for line in _lines(done, path, run):
        console.print(line, markup=False, soft_wrap=True)


def _lines(done: Move, path: Path, run: str) -> list[str]:
    said = [f"{path}: the champion is {done.learner}, was {done.before}; weights, memory and prompt together"]
    if not done.info.by_hand:
        said.append("that is the gate's own choice, so the run moves its champion again")
    elif done.info.status != "done":
        said.append(
            f"the run is not done: lamarck resume {run} goes on from its own champion {done.elected}; "
            "your choice stays the champion until you move it again"
        )
    return said


def who() -> str:
    """Who types, for the event log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return f"user {os.getuid()}"
