"""`lamarck memory edit` and `forget`: a new version and a new learner; no old one changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from lamarck import operators
from lamarck.api.decontaminating import leaks_again
from lamarck.cli.memory.held import EntryId, embedding, entry, sources
from lamarck.cli.opened import opened
from lamarck.cli.promote import Run, Why, told, who
from lamarck.core import Entry, LamarckError, Learner, UsageError
from lamarck.data.secrets import hidden, redacted
from lamarck.memory import Versions
from lamarck.report.remembered import id_of
from lamarck.store import find
from lamarck.store.by_hand import changed
from lamarck.store.disk import Disk

Change = Callable[[Sequence[Entry]], tuple[list[Entry], list[Entry]]]
"""From all entries those to add and those to forget."""


def edit(
    run: Run,
    wanted: EntryId,
    text: Annotated[str, typer.Option("--text", help="What it shall say.")],
    why: Why = "",
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not look for held-out items in it.")] = False,
) -> None:
    """Make an entry say something else; lamarck rollback brings the old one back.

    As in all that a run remembers, no held-out item may stand in the text, and no secret is kept.
    """
    if not text.strip():
        raise UsageError("an entry must say something; to be rid of it type: lamarck memory forget RUN ENTRY")
    if not unchecked:
        _look(run, text)
    said = hidden(redacted(text)[0])

    def edited(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
        old = entry(entries, wanted)
        new = replace(old, text=said)
        return ([], []) if new == old else ([new], [old])

    how = ", not looked through for held-out items" if unchecked else ""
    _change(run, f"memory entry {wanted} edited{how}{why and f': {why}'}", edited)


def forget(
    run: Run,
    wanted: Annotated[list[str] | None, typer.Argument(metavar="[ENTRY]...", help="Ids of entries.")] = None,
    source: Annotated[str, typer.Option("--source", help="All that came from here.")] = "",
    why: Why = "",
) -> None:
    """Leave entries out of the memory from now on, by their ids or by where they came from."""
    if not wanted and not source:
        raise UsageError("what shall be forgotten? give ids of entries, or --source S")

    def forgotten(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
        gone = [entry(entries, each) for each in wanted or ()]
        came = [each for each in entries if source and source in (each.source, *sources(each))]
        if source and not came:
            raise UsageError(f"no entry came from '{source}'; lamarck memory show RUN ENTRY says where one did")
        return [], list({id_of(each): each for each in (*gone, *came)}.values())

    named = " ".join([*(wanted or ()), *([f"from {source}"] if source else ())])
    _change(run, f"memory forgot {named}{why and f': {why}'}", forgotten)


def _look(run: str, text: str) -> None:
    """Raises: UsageError where a text holds what the run's learners are tested on, or where nobody can tell."""
    info = opened(run).info
    try:
        found = leaks_again(info).found([text])
    except LamarckError as error:
        raise UsageError(
            f"the text cannot be looked through for held-out items of {info.environment}: {error}; "
            "mend that, or type --unchecked"
        ) from error
    if found:
        raise UsageError(f"the text {found[text]}, which learners are tested on; leave that out of it")


def _change(run: str, why: str, change: Change) -> None:
    def made(champion: Learner, disk: Disk) -> Learner:
        versions = Versions(disk, embedder)
        added, gone = change(versions.open(champion.memory).entries)
        memory = versions.commit(champion.memory, added, forget=gone)
        return replace(champion, memory=memory, parent=champion.hash)

    path = find(run)
    with embedding(opened(run)) as embedder:
        done = changed(path, made, who=who(), why=why, known=operators.table())
    told(done, path, run)
