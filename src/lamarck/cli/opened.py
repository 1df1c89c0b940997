"""A run folder by its name, as the commands that look at one read it."""

from __future__ import annotations

import os
from pathlib import Path

from lamarck import operators
from lamarck.store import RunReader, find


def opened(name: str) -> RunReader:
    """The run of a name in runs/, or of a path. Raises: UsageError with the nearest names."""
    return RunReader(find(name), known=operators.table())


def is_held(path: Path) -> bool:
    """Whether the process that last held a run is there; a killed one leaves the state "running"."""
    try:
        os.kill(int((path / "lock").read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return True
