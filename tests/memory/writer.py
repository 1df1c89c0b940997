"""A process of its own that writes version after version, and says each name once its commit has returned.

python -m tests.memory.writer FOLDER VERSIONS
"""

from __future__ import annotations

import sys
from pathlib import Path

from lamarck.core import Entry
from lamarck.memory import Versions
from lamarck.store.disk import Disk

EACH = 5
"""Entries a version adds."""


def texts(number: int) -> list[str]:
    """What the versions up to this one hold, the first of each but the last forgotten."""
    told = [f"version {n} line {row}" for n in range(number + 1) for row in range(EACH)]
    return [text for text in told if not text.endswith("line 0") or text == f"version {number} line 0"]


def main(folder: str, versions: str) -> None:
    memories, name = Versions(Disk(Path(folder))), ""
    for number in range(int(versions)):
        added = [Entry(text=f"version {number} line {row}", kind=str(row)) for row in range(EACH)]
        gone = [Entry(text=f"version {number - 1} line 0", kind="0")] if number else []
        name = memories.commit(name, added, forget=gone)
        print(name, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
