"""`lamarck recipes`: the methods there are."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lamarck import recipes


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects instead of a table.")] = False,
) -> None:
    """Print a table of recipes: name, what it is, its paper, its place in the survey's taxonomy."""
    found = [recipes.load(name) for name in recipes.names()]
    if as_json:
        keys = ("name", "title", "paper", "place", "labels")
        print(json.dumps([{key: getattr(recipe, key) for key in keys} for recipe in found], indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("recipe", "what it is", "paper", "place in the survey"):
        table.add_column(heading, overflow="fold")
    for recipe in found:
        table.add_row(recipe.name, recipe.called, recipe.paper, recipe.place)
    console = Console(highlight=False)
    console.print(table)
    console.print("\nSee one: lamarck show NAME. Run one: lamarck run NAME --learner pupil --environment game24")
