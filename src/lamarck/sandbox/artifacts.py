"""Files that a run left are fetched by descriptor: no name of its choosing leads out of its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def collected(folder: int, names: Iterable[str], largest: int) -> dict[str, bytes]:
    """The named files below an open folder that are ordinary, of one name and not too large; others are left out."""
    found = ((name, _read(folder, name, largest)) for name in names)
    return {name: content for name, content in found if content is not None}


def _read(folder: int, name: str, largest: int) -> bytes | None:
    parts = name.split("/")
    if not name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        return None
    opened: list[int] = []
    try:
        for part in parts[:-1]:  # each step by itself: O_NOFOLLOW speaks of the last part only
            folder = os.open(part, _FOLDER, dir_fd=folder)
            opened.append(folder)
        fd = os.open(parts[-1], _FILE, dir_fd=folder)
        opened.append(fd)
        state = os.fstat(fd)
        if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1 or state.st_size > largest:
            return None
        with os.fdopen(os.dup(fd), "rb") as file:
            content = file.read(largest + 1)
        return content if len(content) <= largest else None
    except OSError:
        return None
    finally:
        for fd in opened:
            os.close(fd)
