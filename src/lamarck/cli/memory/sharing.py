"""`lamarck memory publish`: what a learner remembers is given to a memory that runs share."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console

from lamarck.cli.memory.held import RunName, embedding, held
from lamarck.memory import line
from lamarck.memory.shared import Shared


def publish(
    run: RunName,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="postgresql://user@host/database#name.")],
) -> None:
    """Add what a learner remembers to a shared memory, but for what is there already."""
    found = held(run)
    with embedding(found.reader) as embedder, closing(Shared(address, embedder)) as shared:
        known = {line(each) for each in shared.now().entries}
        new = [each for each in found.memory.entries if line(each) not in known]
        made = shared.add(new)
        said = (
            f"{shared.address}: {len(new)} of {len(found.memory.entries)} entries are new; it is at {made or '(empty)'}"
        )
    Console(highlight=False).print(said, markup=False, soft_wrap=True)
