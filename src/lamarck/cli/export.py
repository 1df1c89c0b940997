"""`lamarck export`: a learner for other programs, as weights with a card or in words, or the data that a run made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console

from lamarck.api.exporting import WORDS, export, in_words
from lamarck.api.gathering import FORMATS, free, gather
from lamarck.api.results import Run
from lamarck.api.weights import Format
from lamarck.core import UsageError
from lamarck.report import inert
from lamarck.report.skill import Worded
from lamarck.report.words import count
from lamarck.store import find

Forms = Literal["hf", "adapter", "skill", "prompt", "prompt-completion", "messages", "preference", "prompts"]


def command(
    learner: Annotated[str, typer.Argument(metavar="RUN[:HASH]", help="RUN or RUN:champion, or RUN:<hash>.")],
    out: Annotated[str, typer.Argument(metavar="FOLDER|FILE", help="A new folder; for data or a prompt a new file.")],
    form: Annotated[
        Forms,
        typer.Option(
            "--format",
            help="hf for transformers, adapter for PEFT; skill (SKILL.md) or prompt: memory and prompt in words; "
            "the others: the run's data.",
        ),
    ] = "hf",
    words: Annotated[int | None, typer.Option(min=1, help=f"Of a prompt, at most; {WORDS} unless given.")] = None,
    stream: Annotated[str, typer.Option(help="In words: what was learned in this dialogue too.")] = "",
) -> None:
    """Write a learner of a run for transformers or PEFT, or in words, or what the run kept as data for TRL."""
    console = Console(highlight=False)
    if words is not None and form != "prompt":
        raise UsageError("--words is of a prompt; type: --format prompt")
    if stream and form not in ("skill", "prompt"):
        raise UsageError("--stream is of a learner in words; type: --format skill")
    if form in ("skill", "prompt"):
        made = in_words(learner, out, form=form, words=words or WORDS, stream=stream)
        console.print(_told(out, made), markup=False, soft_wrap=True)
        return
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


def _told(out: str, made: Worded) -> str:
    """What was written, and a line for each reason to leave entries out."""
    size = f"{count(made.entries, 'entry', 'entries')}, {count(len(made.text.split()), 'word')}"
    left = (f"left out: {count(number, 'entry', 'entries')} {why}" for why, number in made.left.items())
    return "\n".join((f"{inert(out, 200)}: {size}", *left))
