"""A learner's memory by the run's name, and its entries by their ids."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from lamarck.api.machine import machine
from lamarck.api.remembering import NGRAMS, embedder_in, seen
from lamarck.api.worlds import Elsewhere
from lamarck.cli.opened import is_held, opened
from lamarck.core import Entry, Learner, UsageError
from lamarck.memory import MEMORY, Embedder, NGrams, ReadOnly, Version, Versions
from lamarck.memory.address import is_address
from lamarck.memory.shared import Shared
from lamarck.memory.unsearched import unopened
from lamarck.report import inert
from lamarck.report.remembered import id_of
from lamarck.store import RunReader

RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run in runs/, or its path: its champion's memory; RUN:<hash> a learner's."),
]
RunOrAddress = Annotated[
    str,
    typer.Argument(metavar="RUN|ADDRESS", help="As RUN, or a memory that runs share: postgresql://host/database#name."),
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
    reader, learner = _learner(run)
    return Held(reader=reader, learner=learner, memory=seen(reader.path).open(learner.memory))


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A memory that is looked at, and whose it is in words."""

    whose: str
    memory: Version


@contextmanager
def looked(where: str) -> Generator[Looked]:
    """The memory of a run, as of ``held``, or the one that runs share at an address."""
    if is_address(where):
        with closing(Shared(where)) as shared:
            made_by = shared.vectors
        with closing(Shared(where, unopened(made_by))) as shared:
            yield Looked(whose=f"shared memory {shared.address}", memory=shared.now())
        return
    reader, learner = _learner(where)
    yield Looked(whose=f"learner {learner.hash}", memory=seen(reader.path).open(learner.memory))


@contextmanager
def searched(where: str) -> Generator[Version | Shared]:
    """As ``looked``, with what made its vectors at work; a shared memory must then be of hashed n-grams."""
    if is_address(where):
        with closing(Shared(where)) as shared:
            yield shared
        return
    reader, learner = _learner(where)
    with embedding(reader) as embedder:
        yield Versions(ReadOnly(reader.path), embedder).open(learner.memory)


@contextmanager
def embedding(reader: RunReader) -> Generator[Embedder]:
    """What makes the vectors of a run's memory, with its model at work where it is one."""
    info = reader.info
    if info.embedder == NGRAMS:
        yield NGrams()
        return
    world = Elsewhere(name=info.environment)
    # what the run has asked already is not asked again, unless its journal is in use
    folder = None if is_held(reader.path) else reader.path.absolute()
    with machine(world, 1, folder, info.providers, info.budget) as at:
        yield embedder_in(reader.path, at.models)


def _learner(run: str) -> tuple[RunReader, Learner]:
    name, colon, which = run.rpartition(":")
    if is_address(run):
        raise UsageError("a shared memory has no learners; type: lamarck memory ls, show or search ADDRESS")
    reader = opened(name if colon else run)
    info = reader.info
    return reader, reader.learner(which if colon and which != "champion" else info.champion or info.base)


def version(reader: RunReader, name: str) -> Version:
    """The memory of a version's name, or of a learner's hash."""
    is_version = name.isalnum() and (reader.path / MEMORY / name).is_dir()
    return seen(reader.path).open(name if is_version else reader.learner(name).memory)


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
