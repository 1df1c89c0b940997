"""A file of JSON lines that many may add to: what was added stays, whatever happens to who added it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from lamarck.core import UsageError
from lamarck.data.strict import Malformed, parse

BACK = 65_536
"""Bytes that are read at a time to find the last line."""


def appended(path: Path, line: str) -> None:
    """Add a line, which is on the disk when this returns. Threads and processes wait for each other.

    What a killed process left unfinished at the end of the file was never acknowledged, and is cut; a whole last line
    that lacks its end gets it. Raises: UsageError where the file cannot be written; it is then as it was.
    """
    try:
        # its owner's alone: what people said to a model may be private
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _add(descriptor, line.encode())
        finally:
            os.close(descriptor)  # lets go of the lock too
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); give another: feedback=FILE") from error


def _add(descriptor: int, line: bytes) -> None:
    before = os.fstat(descriptor).st_size
    try:
        os.ftruncate(descriptor, before := _whole(descriptor, before))
        if before and os.pread(descriptor, 1, before - 1) != b"\n":
            line = b"\n" + line
        rest = memoryview(line + b"\n")
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):  # the first fault is the one to tell
            os.ftruncate(descriptor, before)
        raise


def _whole(descriptor: int, size: int) -> int:
    """Where the last whole line ends."""
    tail, at = b"", size
    while at and b"\n" not in tail:
        at, step = max(0, at - BACK), min(BACK, at)
        tail = os.pread(descriptor, step, at) + tail
    last = tail.rpartition(b"\n")[2]
    if not last.strip():
        return size
    try:
        parse(last)
    except Malformed:
        return size - len(last)
    return size
