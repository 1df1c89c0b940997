"""How a child says what came: a line of JSON for each thing. Whoever reads it believes nothing of it."""

from __future__ import annotations

import json
import os
import sys
import traceback
from types import TracebackType
from typing import Any

READY = b"ready\n"
LONGEST = 8000
"""Characters of a traceback, from its end."""


class Answers:
    """The way out. Holds what it needs, so that patched modules do not break it for honest programs."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pid = os.getpid()
        self._write = os.write
        self._encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode

    def ready(self) -> None:
        """The first line: the walls stand, from here on the program is to blame."""
        self._send(READY)

    def line(self, **fields: Any) -> None:
        """One line."""
        self._send(self._encode(fields).encode() + b"\n")

    def value(self, encoded: str) -> None:
        """A returned value, as text that ``values`` made."""
        self._send(b'{"value":' + encoded.encode() + b"}\n")

    def _send(self, data: bytes) -> None:
        if os.getpid() != self._pid:
            os._exit(0)  # a child that the program forked and forgot: one voice is enough
        while data:
            data = data[self._write(self._fd, data) :]


def fault(error: BaseException, file: str) -> dict[str, str]:
    """An exception as data: its kind, its message, and the lines of the program that led there."""
    kind = type(error).__name__
    try:
        message = str(error)[:2000]
    except BaseException:
        message = "(its text cannot be had)"
    try:
        trace = "".join(traceback.format_exception(type(error), error, _own(error.__traceback__, file)))
    except BaseException:
        trace = f"{kind}: {message}"
    return {"kind": kind[:200], "message": message, "trace": trace[-LONGEST:]}


def _own(trace: TracebackType | None, file: str) -> TracebackType | None:
    """The traceback from the program's first frame on."""
    found = trace
    while found and found.tb_frame.f_code.co_filename != file:
        found = found.tb_next
    return found


def flush() -> None:
    """Printed text goes out now, whatever the program put in the place of its streams."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            continue
