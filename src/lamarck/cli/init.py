"""`lamarck init`: a working example in a folder of its own."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from lamarck.core import UsageError

NAMES = ("my_recipe.py", "my_environment.py", "run.toml", "README.md")
"""The files of the example, the first one to read first."""


def command(
    folder: Annotated[str, typer.Argument(help="A new folder, or an empty one.")],
) -> None:
    """Write a recipe, an environment and a run.toml of your own, and say how to run them."""
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise UsageError(f"{folder} is a file; give a new folder: lamarck init {folder}-2")
    if path.is_dir() and (held := sorted(entry.name for entry in path.iterdir())):
        raise UsageError(f"{folder} holds files already ({', '.join(held[:3])}); give a new folder: lamarck init NAME")
    path.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        source = files("lamarck.cli").joinpath("example", name)
        (path / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
        print(f"wrote {path / name}")
    print(f"\nNext, about a minute:\n\n    cd {shlex.quote(str(path))} && lamarck run --config run.toml\n")
