"""What a child does once the walls stand: it reads its request before them, and performs it after."""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, NoReturn

from lamarck.sandbox.guest import attacks, blocks, calls, confine, interpret, serve, tests, values
from lamarck.sandbox.guest.answers import Answers

GUEST = "/guest"
WARM = """
    abc array ast base64 bisect collections contextlib copy csv dataclasses datetime decimal enum fractions functools
    hashlib heapq inspect io itertools json logging math numbers operator pathlib pprint queue random re shutil
    statistics string struct subprocess tempfile textwrap threading time traceback types typing unicodedata uuid
"""
"""Imported before any fork, so that a program that wants them has them."""

MODES: dict[str, Callable[[dict[str, Any], Answers], None]] = {
    "calls": calls.call,
    "script": calls.script,
    "command": calls.command,
    "serve": serve.serve,
    "tests": tests.run,
    "trace": blocks.trace,
    "attacks": attacks.attack,
    "session": interpret.interpret,
}


def warm(packages: list[str]) -> None:
    """Imports what programs are likely to ask for. Raises: ImportError."""
    for name in (*WARM.split(), *packages):
        __import__(name)  # of other people's modules, by the names that the user gave
    # of this code's own folder programs need not know, nor those they start
    packages_path = [path for path in os.environ.pop("PYTHONPATH", "").split(":")[1:] if path]
    sys.path[:] = ["", *(path for path in sys.path if path and path != GUEST)]
    if packages_path:
        os.environ["PYTHONPATH"] = ":".join(packages_path)
    import site

    site.setquit()
    site.sethelper()


def read(fd: int) -> dict[str, Any]:
    """The request, whole."""
    with os.fdopen(fd, "rb", closefd=False) as file:
        return json.loads(file.read())


def lay(task: dict[str, Any], home: str) -> None:
    """Files and standard input, before the other limits are set. Raises: OSError."""
    for name, content in task.get("files", {}).items():
        path = PurePosixPath(home, name)
        os.makedirs(path.parent, exist_ok=True)  # noqa: PTH103
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(values.loads(content))
    if task.get("stdin"):
        fd = os.open(home, os.O_TMPFILE | os.O_RDWR, 0o600)
        with os.fdopen(os.dup(fd), "wb") as file:
            file.write(task["stdin"].encode("utf-8", "surrogatepass"))
        os.lseek(fd, 0, os.SEEK_SET)
        os.dup2(fd, 0)
        os.close(fd)


def perform(task: dict[str, Any]) -> NoReturn:
    """Says that it is ready, runs the request, and ends."""
    streams = (sys.stdout, sys.stderr)
    leave, status = os._exit, 70  # before the program can put another in its place
    try:
        gc.enable()
        answers = Answers(confine.ANSWER)
        answers.ready()
        MODES[task["mode"]](task, answers)
        status = 0
    except BaseException:
        os.write(confine.STDERR, traceback.format_exc().encode(errors="replace"))
    finally:
        for stream in streams:
            try:
                stream.flush()
            except BaseException:
                continue
        leave(status)
