"""`lamarck export`: a learner's weights for other programs, with a model card."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from lamarck.api.exporting import export
from lamarck.api.weights import Format


def command(
    learner: Annotated[str, typer.Argument(metavar="RUN[:HASH]", help="RUN or RUN:champion, or RUN:<hash>.")],
    out: Annotated[str, typer.Argument(metavar="FOLDER", help="A new folder.")],
    form: Annotated[Format, typer.Option("--format", help="hf for transformers, adapter for PEFT.")] = "hf",
) -> None:
    """Write a learner of a run to a folder that transformers or PEFT loads, with a model card."""
    done = export(learner, out, form=form)
    console = Console(highlight=False)
    console.print(f"{done.folder}: learner {done.learner}, its card is README.md", markup=False, soft_wrap=True)
    if done.left:
        console.print(
            f"not in it, since a folder of weights has no place for it: {done.left}; the run keeps that",
            markup=False,
            soft_wrap=True,
        )
