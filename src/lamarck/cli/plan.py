"""`lamarck plan`: what a run would cost, before anything is spent."""

from __future__ import annotations

from dataclasses import replace

from lamarck.cli import run
from lamarck.cli.flags import Given
from lamarck.cli.run import Flags


def command(*, flags: Flags, given: Given) -> None:
    """Walk a run dry, without asking any model; print its calls, tokens, money and time, each with an interval."""
    run.command(flags=flags, given=replace(given, dry=True))
