"""`lamarck report`: write the page of a run again, or say what goes wrong and what the odds are."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from lamarck import report
from lamarck.cli.opened import opened


def command(
    run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")],
    errors: Annotated[bool, typer.Option("--errors", help="Print what goes wrong, in groups, in place of it.")] = False,
    odds: Annotated[bool, typer.Option("--odds", help="Print the odds of each candidate, in place of it.")] = False,
) -> None:
    """Write report.html into the run folder and print its path."""
    reader, console = opened(run), Console(highlight=False)
    if errors:
        console.print(report.errors(reader))
    if odds:
        console.print(report.odds(reader))
    if not errors and not odds:
        print(report.write(reader))
