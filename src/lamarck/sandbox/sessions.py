"""A session seen from outside: blocks go in, replies come out, and in between nothing in it moves."""

from __future__ import annotations

import json
import os
import select
import threading
import time
from dataclasses import replace
from typing import Any, cast

from lamarck.sandbox.conduct import Run
from lamarck.sandbox.grade import ENDED, ending, fault_in
from lamarck.sandbox.guest import values
from lamarck.sandbox.guest.answers import READY
from lamarck.sandbox.types import Limits, Outcome, Reply
from lamarck.sandbox.zygotes import SESSIONS, SandboxFault, Zygotes

GRACE_S = 1.0
"""After an interrupt a block has this long to give in; then the session is ended."""
CPU_S = 3600
"""Processor time of a whole session."""


class Interpreter:
    """An interpreter that keeps its variables from block to block. Use it as a context manager."""

    def __init__(self, zygotes: Zygotes, limits: Limits, setup: str) -> None:
        self._zygotes, self.limits = zygotes, limits
        self._lock = threading.Lock()
        self._number = 0
        self._zygote = zygotes.settle()
        self._said: str | None = None
        incoming, self._write = os.pipe()
        os.set_blocking(self._write, False)
        request: dict[str, Any] = {"mode": "session", "code": setup, "files": {}}
        try:
            self._run = Run(self._zygote, request, limits, incoming=incoming, slots=SESSIONS, cpu_s=CPU_S)
        except BaseException:
            os.close(self._write)
            zygotes.leave(self._zygote)
            raise
        finally:
            os.close(incoming)
        self._open = True
        with self._lock:
            self.started = self._reply(limits.seconds)
        if not self.started.alive:
            self.close()

    def run(self, code: str, seconds: float | None = None, /) -> Reply:
        """Runs a block and waits for it, at most ``seconds`` (the limits' where None)."""
        seconds = self.limits.seconds if seconds is None else seconds
        if len(code) > self.limits.source_kb << 10 or "\0" in code:
            return Reply(outcome="rejected", error="the code is too long, or has a zero byte in it", alive=self._open)
        with self._lock:
            if not self._open:
                return Reply(outcome="error", error="the session is over", alive=False)
            self._number += 1
            self._run.forget()
            self._run.tell(do="go", seconds=seconds + 2 * GRACE_S)
            reply = self._reply(seconds, json.dumps({"number": self._number, "code": code}).encode() + b"\n")
        if not reply.alive:
            self.close()
        return reply

    def _reply(self, seconds: float, asked: bytes = b"") -> Reply:
        began = time.monotonic()
        late = False
        try:
            told = self._told(began + seconds, asked)
            if told is None and not self._run.over:
                late = True
                self._run.tell(do="interrupt")
                told = self._told(time.monotonic() + GRACE_S)
            if told is None and not self._run.over:
                self._run.kill("timeout")
                self._told(time.monotonic() + 2 * GRACE_S)
        except SandboxFault as fault:
            return Reply(outcome="error", error=str(fault), alive=False)
        reply = self._read(told, late)
        if reply.alive:
            self._run.tell(do="still")
        return replace(reply, seconds=time.monotonic() - began)

    def _told(self, until: float, asked: bytes = b"") -> dict[str, Any] | None:
        """The line about this block; None where time is over or the session is."""
        while not self._run.over:
            told = self._line()
            if told is not None:
                return told
            left = until - time.monotonic()
            if left <= 0:
                return None
            poll = select.poll()
            for fd in self._run.descriptors():
                poll.register(fd, select.POLLIN)
            if asked:
                poll.register(self._write, select.POLLOUT)
            for fd, _ in poll.poll(int(left * 1000) + 1):
                if fd != self._write:
                    self._run.take(fd)
                    continue
                try:
                    asked = asked[os.write(self._write, asked) :]
                except BrokenPipeError:
                    asked = b""
        return self._line()

    def _line(self) -> dict[str, Any] | None:
        buffer = self._run.answer
        while b"\n" in buffer:
            line, _, rest = bytes(buffer).partition(b"\n")
            buffer[:] = rest
            if line + b"\n" == READY:
                continue
            try:
                data = values.parse(line)
            except values.Garbled:
                continue
            told = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
            if told.get("number") == self._number:  # else it is of its own making
                return told
        return None

    def _read(self, told: dict[str, Any] | None, late: bool) -> Reply:
        output = self._run.printed()
        if told is None:
            report = self._run.report
            outcome, why = ENDED.get(report.get("why", ""), ("fail", f"it ended ({ending(report.get('status'))})"))
            if not self._run.over:
                outcome, why = "error", "the session was not ended in time"
            return Reply(outcome=outcome, output=output, error=f"the session is over: {why}", alive=False)
        raised = fault_in(told, "raised")
        if raised is None:
            return Reply(outcome="timeout" if late else "pass", output=output, value=str(told.get("value", "")))
        outcome: Outcome = "timeout" if late else "fail"
        error = "it was not done in time" if late else f"{raised['kind']}: {raised['message']}".rstrip(": ")
        return Reply(outcome=outcome, output=output, error=error, traceback=raised["trace"])

    def close(self) -> None:
        """Ends every process of the session; twice is once."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._run.close()
            os.close(self._write)
        self._zygotes.leave(self._zygote)

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
