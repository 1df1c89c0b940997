"""`lamarck memory ls`, `show` and `search`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lamarck.cli.memory.held import EntryId, RunOrAddress, entry, looked, searched, table
from lamarck.core import By, Entry
from lamarck.report import inert
from lamarck.report.remembered import id_of

WHOLE = 4000
"""Characters of a text that are shown of one entry."""
Kind = Annotated[str, typer.Option("--kind", help="Only entries of this kind.")]


def ls(
    run: RunOrAddress,
    kind: Kind = "",
    n: Annotated[int, typer.Option("-n", min=1, help="Entries to list, the newest.")] = 20,
) -> None:
    """Say which version a learner remembers, how many entries of each kind, and list the newest."""
    with looked(run) as found:
        entries = [each for each in found.memory.entries if kind in ("", each.kind)]
    kinds = Counter(each.kind or "(no kind)" for each in entries)
    gone = sum(1 for each in entries if each.status)
    said = ", ".join(f"{inert(name, 40)} {number}" for name, number in sorted(kinds.items())) or "nothing"
    console, version = Console(highlight=False), found.memory.name or "(empty)"
    console.print(Text(f"{found.whose}, memory {version}: {said}; {gone} superseded"))
    if entries:
        console.print(table(entries[-n:]))


def show(run: RunOrAddress, wanted: EntryId) -> None:
    """Show all that an entry says."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    with looked(run) as found:
        one = entry(found.memory.entries, wanted)
    for name, text in _told(one):
        grid.add_row(name, Text(inert(text, WHOLE, lines=True)))
    Console(highlight=False).print(grid)


def search(
    run: RunOrAddress,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, help="Entries to show.")] = 10,
    by: Annotated[By, typer.Option("--by", help="What means the same, shares words, or both.")] = "both",
    kind: Kind = "",
    superseded: Annotated[bool, typer.Option("--superseded", help="Also what no longer holds.")] = False,
) -> None:
    """List the entries that fit a text best, best first."""
    with searched(run) as memory:
        found = memory.search(text, k, by=by, kind=kind, superseded=superseded)
    Console(highlight=False).print(table(found) if found else "nothing fits")


def _told(one: Entry) -> Iterator[tuple[str, str]]:
    yield "id", id_of(one)
    yield from (
        (name, str(getattr(one, name)))
        for name in ("text", "kind", "key", "source", "stream", "round", "support", "status")
        if getattr(one, name) not in ("", 0)
    )
    made = one.experience
    if made:
        yield from (("task", message.text) for message in made.task.messages)
        if made.solution:
            yield "wrote", made.solution.text
        if made.feedback:
            ruling = {True: "passed", False: "failed", None: "no verdict"}[made.feedback.passed]
            yield "feedback", f"{made.feedback.source}: {ruling}; {made.feedback.text}"
