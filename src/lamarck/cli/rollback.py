"""`lamarck rollback`: make an earlier champion of a run its champion again."""

from __future__ import annotations

from typing import Annotated

import typer

from lamarck.cli.promote import Run, Why, moved


def command(
    run: Run,
    learner: Annotated[
        str, typer.Argument(metavar="[HASH]", help="Of an earlier learner; the champion before this one without.")
    ] = "",
    why: Why = "",
) -> None:
    """Go back to an earlier champion: weights, memory and prompt together, by one pointer."""
    moved(run, "rollback", learner, why)
