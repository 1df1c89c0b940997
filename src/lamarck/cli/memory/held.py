"""A learner's memory by the run's name, and its entries by their ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from lamarck.cli.opened import opened
from lamarck.core import Entry, Learner, UsageError
from lamarck.memory import MEMORY, ReadOnly, Version, Versions
from lamarck.report import inert
from lamarck.report.remembered import id_of
from lamarck.store import RunReader

RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run in runs/, or its path: its champion's memory; RUN:<hash> a learner's."),
]
EntryId = Annotated[
    str, typer.Argument(metavar="ENTRY", help="Its id, or how it begins; lamarck memory ls RUN says them.")
]
LONG = 160
"""Characters of a text that are shown in a line."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a learner of a run remembers."""

    reader: RunReader
    learner: Learner
    memory: Version


def held(run: str) -> Held:
    """The memory of a run's champion, or of the learner in RUN:<hash>. Raises: UsageError for what there is not."""
    name, colon, which = run.rpartition(":")
    reader = opened(name if colon else run)
    info = reader.info
    learner = reader.learner(which if colon and which != "champion" else info.champion or info.base)
    return Held(reader=reader, learner=learner, memory=Versions(ReadOnly(reader.path)).open(learner.memory))


def version(reader: RunReader, name: str) -> Version:
    """The memory of a version's name, or of a learner's hash."""
    is_version = name.isalnum() and (reader.path / MEMORY / name).is_dir()
    return Versions(ReadOnly(reader.path)).open(name if is_version else reader.learner(name).memory)


def entry(entries: Sequence[Entry], wanted: str) -> Entry:
    """The one entry whose id begins so. Raises: UsageError where there is none, or several."""
    found = {id_of(each): each for each in entries if id_of(each).startswith(wanted)}
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise UsageError(f"no entry's id begins with '{wanted}'; type: lamarck memory ls RUN")
    raise UsageError(f"'{wanted}' begins the ids {', '.join(list(found)[:5])}; give more of one")


def sources(entry: Entry) -> list[str]:
    """Where an entry came from; one that was merged of several names them all, with | between."""
    return re.split(r"[\s|]+", entry.source.strip())


def table(entries: Sequence[Entry]) -> Table:
    """A line an entry."""
    made = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("id", "kind", "round", "support", "text"):
        made.add_column(heading, overflow="fold")
    for each in entries:
        text = Text(inert(each.text, LONG))
        if each.status:
            text.append(f"  {inert(each.status, LONG)}", "dim")
        made.add_row(Text(id_of(each), "cyan"), inert(each.kind, 40), str(each.round), f"{each.support:g}", text)
    return made
