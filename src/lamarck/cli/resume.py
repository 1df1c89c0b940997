"""`lamarck resume`: go on with a run where it stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from lamarck import api
from lamarck.cli import running
from lamarck.store import find


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    repair: Annotated[bool, typer.Option("--repair", help="First forget damaged phases and those after.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as data; progress to stderr.")] = False,
) -> None:
    """Run what is not committed yet; the result is what it would have been without the stop."""
    running.told(lambda listener: api.resume(run, listener=listener, repair=repair), find(run), as_json=as_json)
