"""`lamarck report`: write the page of a run again."""

from __future__ import annotations

from typing import Annotated

import typer

from lamarck import report
from lamarck.cli.opened import opened


def command(run: Annotated[str, typer.Argument(help="Name of a run in runs/, or its path.")]) -> None:
    """Write report.html into the run folder and print its path."""
    print(report.write(opened(run)))
