"""A run folder by its name, as the commands that look at one read it."""

from __future__ import annotations

from lamarck import operators
from lamarck.store import RunReader, find


def opened(name: str) -> RunReader:
    """The run of a name in runs/, or of a path. Raises: UsageError with the nearest names."""
    return RunReader(find(name), known=operators.table())
