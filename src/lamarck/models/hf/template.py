"""Chat templates are programs from strangers: each is rendered by a process of its own, bounded in time and memory."""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, cast

from lamarck.core import UsageError

SECONDS = 1.0
"""That a text may take."""
START_S = 20.0
"""That the process may take to begin: it loads Jinja, perhaps on a busy machine."""
BYTES = 256 << 20
"""Of memory, the whole process."""
LONGEST = 8 << 20
"""Bytes of a rendered text."""
_SERVE = "lamarck.models.hf.rendering"


class TemplateError(UsageError):
    """A chat template cannot show these messages."""


class Template:
    """One model's chat template. Safe to call from many threads."""

    def __init__(self, source: str, tokens: Mapping[str, str], where: str) -> None:
        """In: the Jinja text, the special tokens it may name ("eos_token"), and the file it comes from."""
        self._source, self._tokens, self._where = source, dict(tokens), where
        self._held: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _end, self._held)

    def __call__(self, turns: Sequence[Mapping[str, Any]], *, asks: bool) -> str:
        """The turns as text, with the beginning of an answer where ``asks``. Raises: TemplateError."""
        given = {"messages": list(turns), "add_generation_prompt": asks, **self._tokens}
        with self._lock:
            answer = self._ask(given)
        if "error" in answer:
            raise TemplateError(f"{self._where}: {answer['error']}")
        return answer["text"]

    def close(self) -> None:
        """End the process; the next text starts another."""
        with self._lock:
            _end(self._held)

    def _ask(self, given: Mapping[str, Any]) -> dict[str, str]:
        try:
            if not self._held or self._held[0].poll() is not None:
                self._start()
            self._write(given)
            return self._read(SECONDS)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            _end(self._held)
            what = f"no text within {SECONDS:g} s" if isinstance(error, TimeoutError) else "it needs too much memory"
            return {"error": what}

    def _start(self) -> None:
        code = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {_SERVE} import serve; serve({BYTES})"
        _end(self._held)
        process = subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OMP_NUM_THREADS": "1"},
        )
        self._held.append(process)
        self._write({"template": self._source, "longest": LONGEST})
        self._read(START_S)

    def _write(self, content: Mapping[str, Any]) -> None:
        pipe = cast("Any", self._held[0]).stdin
        pipe.write(json.dumps(content).encode() + b"\n")
        pipe.flush()

    def _read(self, seconds: float) -> dict[str, str]:
        pipe = cast("Any", self._held[0]).stdout
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            if not selector.select(seconds):
                raise TimeoutError
        line = pipe.readline()
        if not line:
            raise EOFError
        return json.loads(line)


def _end(held: list[subprocess.Popen[bytes]]) -> None:
    """End a template's process, if it has one."""
    while held:
        process = held.pop()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what was still to be written has no reader any more
                    pipe.close()
        process.wait()
