"""`lamarck plan`: what a run would cost, before anything is spent."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

from lamarck.cli import run
from lamarck.cli.flags import Given


def command(*, given: Given, **told: Any) -> None:
    """Walk a run dry, without asking any model; print its calls, tokens, money and time, each with an interval."""
    run.command(given=replace(given, dry=True), **told)


# the same flags: what is planned is what would be run
command.__signature__ = inspect.signature(run.command, eval_str=True)  # type: ignore[attr-defined]
