"""`lamarck memory diff`: what one version holds and the other does not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from lamarck.cli.memory.held import Held, RunName, held, table, version
from lamarck.core import UsageError
from lamarck.memory import Version
from lamarck.report.remembered import id_of


def diff(
    run: RunName,
    left: Annotated[str, typer.Argument(help="A version or a learner; the champion's parent without.")] = "",
    right: Annotated[str, typer.Argument(help="The same; the champion without.")] = "",
) -> None:
    """List the entries that only one of two versions, or of two learners' memories, holds."""
    found, console = held(run), Console(highlight=False)
    one = version(found.reader, left) if left else _parents(found)
    other = version(found.reader, right) if right else found.memory
    for mine, yours in ((one, other), (other, one)):
        known = {id_of(each) for each in yours.entries}
        only = [each for each in mine.entries if id_of(each) not in known]
        console.print(Text(f"only in {mine.name or '(empty)'}: {len(only)} of {len(mine.entries)} entries"))
        if only:
            console.print(table(only))


def _parents(found: Held) -> Version:
    if not found.learner.parent:
        raise UsageError("the learner has no parent to compare it with; give a version, or a learner's hash")
    return version(found.reader, found.learner.parent)
