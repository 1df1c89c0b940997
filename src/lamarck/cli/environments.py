"""`lamarck environments`: what there is to learn in."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lamarck.environments import ENVIRONMENTS


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects instead of a table.")] = False,
) -> None:
    """Print a table of environments."""
    if as_json:
        print(json.dumps([{"name": name, "title": entry.title} for name, entry in ENVIRONMENTS.items()], indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("environment", "what it is"):
        table.add_column(heading, overflow="fold")
    for name, entry in ENVIRONMENTS.items():
        table.add_row(name, entry.title)
    console = Console(highlight=False)
    console.print(table)
    console.print("\nOr your own: --environment FILE.py; lamarck init FOLDER writes one to start from.")
    console.print("Or your own tasks: --tasks FILE --check numeric; the formats are in docs/tasks.md.")
