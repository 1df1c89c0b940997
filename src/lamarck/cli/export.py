"""`lamarck export`: a learner's weights for other programs, with a model card, or the data that a run made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console

from lamarck.api.exporting import export
from lamarck.api.gathering import FORMATS, free, gather
from lamarck.api.results import Run
from lamarck.api.weights import Format
from lamarck.core import UsageError
from lamarck.store import find

Forms = Literal["hf", "adapter", "prompt-completion", "messages", "preference", "prompts"]


def command(
    learner: Annotated[str, typer.Argument(metavar="RUN[:HASH]", help="RUN or RUN:champion, or RUN:<hash>.")],
    out: Annotated[str, typer.Argument(metavar="FOLDER|FILE", help="A new folder; for data a new JSONL file.")],
    form: Annotated[
        Forms, typer.Option("--format", help="hf for transformers, adapter for PEFT; the others: the run's data.")
    ] = "hf",
) -> None:
    """Write a learner of a run to a folder that transformers or PEFT loads, or what the run kept as data for TRL."""
    console = Console(highlight=False)
    if form in FORMATS:
        if ":" in learner:
            raise UsageError(
                f"data are of a run, not of a learner; type: lamarck export {learner.rpartition(':')[0]} ..."
            )
        kept = gather(Run(find(learner)), free(Path(out)), form)
        console.print(kept.told, markup=False, soft_wrap=True)
        return
    done = export(learner, out, form=cast("Format", form))
    console.print(f"{done.folder}: learner {done.learner}, its card is README.md", markup=False, soft_wrap=True)
    if done.left:
        console.print(
            f"not in it, since a folder of weights has no place for it: {done.left}; the run keeps that",
            markup=False,
            soft_wrap=True,
        )
