"""``events.jsonl``: what happened, in order; a line an event, only ever added to."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse, write
from lamarck.store.disk import Disk, damaged
from lamarck.store.info import now

EVENTS = "events.jsonl"
Listener = Callable[[Mapping[str, Any]], None]
"""Hears every event as it happens, from whatever thread: "seq", "time", "kind" and the event's own data."""
UNKEPT = ("progress",)
"""Kinds that only listeners see: they come many times a second."""
OWN = ("seq", "time", "kind")
_codec = Codec()


class EventLog:
    """Adds events; safe to call from many threads."""

    def __init__(self, disk: Disk, listeners: tuple[Listener, ...] = ()) -> None:
        self._disk, self._path, self._listeners = disk, disk.root / EVENTS, listeners
        self._lock = threading.Lock()
        with disk.room(self._path):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
            self._next = self._mend()

    def add(self, kind: str, data: Mapping[str, Any]) -> None:
        """One line, and a call of every listener."""
        if taken := [name for name in OWN if name in data]:
            raise TypeError(f"the event '{kind}' has data named {taken[0]}, which every event has; call it otherwise")
        with self._lock:
            event = {"seq": self._next, "time": now(), "kind": kind, **_plain(dict(data))}
            if kind not in UNKEPT:
                self._append(f"{write(event)}\n".encode())
                self._next += 1
        for listener in self._listeners:
            listener(event)

    def flush(self) -> None:
        """Bring what was added to the disk."""
        with self._disk.room(self._path):
            self._disk.step("sync", self._path)
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Add no more. A second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1  # a late thread must not write into another file
        if descriptor >= 0:
            os.close(descriptor)

    def _append(self, line: bytes) -> None:
        before = os.fstat(self._descriptor).st_size
        with self._disk.room(self._path):
            try:
                self._disk.step("append", self._path)
                if os.write(self._descriptor, line) < len(line):
                    os.write(self._descriptor, line[os.fstat(self._descriptor).st_size - before :])
            except OSError:
                os.ftruncate(self._descriptor, before)
                raise

    def _mend(self) -> int:
        """Cut the line that a killed process left unfinished. Out: the next sequence number."""
        lines = self._path.read_bytes().splitlines(keepends=True)
        while lines:
            try:
                if lines[-1].endswith(b"\n"):
                    return int(parse(lines[-1])["seq"]) + 1
            except (Malformed, KeyError, TypeError):
                pass
            os.ftruncate(self._descriptor, sum(map(len, lines[:-1])))
            lines.pop()
        return 0


def read(root: Path) -> Iterator[dict[str, Any]]:
    """The events so far, also while a process adds to them. Raises: DamagedRun naming the line."""
    try:
        lines = (root / EVENTS).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        if line.endswith(b"\n"):  # the last may be half written just now
            try:
                yield parse(line, file=EVENTS)
            except Malformed as error:
                raise damaged(root, EVENTS, f"is damaged in line {number} ({error.fault})") from error


def _plain(value: Any) -> Any:
    """Event data as JSON can hold it: a loss that is NaN must not end the run that reports it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    try:
        return _codec.encode(value)
    except Malformed:
        return str(value)
