"""Rows of a folder: Parquet files, or what the `datasets` library saved with `save_to_disk`. Scripts are not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lamarck.core import UsageError
from lamarck.data import hub, parquet

SAVED = ("dataset_dict.json", "state.json")
"""Files that `save_to_disk` writes, of several splits and of one."""
PART = re.compile(r"(train|practice|validation|valid|val|dev|selection|test|sealed)(?![a-z])", re.IGNORECASE)
"""A split in the name of a file (`train-00000-of-00002.parquet`) or of its folder."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Every row of every file, by name, with its split where a name tells it.

    Raises: MissingExtra; UsageError for a folder that holds no such files, or damaged ones.
    """
    if any((path / name).is_file() for name in SAVED):
        yield from hub.saved(path)
        return
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file())
    if not files:
        raise UsageError(f"{path}: is a folder without Parquet files and was not saved by `datasets`; name the file")
    for file in files:
        found = PART.match(file.name) or PART.fullmatch(file.parent.name)
        split = {hub.SPLIT: found[1].lower()} if found else {}
        yield from ({**split, **row} for row in parquet.rows(file))
