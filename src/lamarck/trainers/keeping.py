"""New model folders: named by their content, complete or not there at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

NAME_DIGITS = 16
"""Of its digest, in the name of a new folder."""


def kept(into: Path, fill: Callable[[Path], None], digest: Callable[[Path], str]) -> tuple[Path, str]:
    """A folder under `into` that `fill` fills, and its digest.

    Written beside, forced to disk, renamed: a crash leaves a whole folder or a hidden one.
    """
    into.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=into, prefix=".tmp-"))
    try:
        beside.chmod(0o755)
        fill(beside)
        found = digest(beside)
        for path in (*beside.iterdir(), beside):
            _sync(path)
        folder = into / found[:NAME_DIGITS]
        if not folder.exists():  # the same content was made before: nothing to add
            beside.rename(folder)
            _sync(into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder, found


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
