"""One run seen from outside: its pipes are read with limits, its end is waited for, its files are fetched.

Nothing is believed of what comes out. All the supervisor learns from the zygote is how the run ended.
"""

from __future__ import annotations

import json
import os
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lamarck.sandbox.artifacts import collected
from lamarck.sandbox.guest.answers import READY
from lamarck.sandbox.types import Limits
from lamarck.sandbox.zygotes import SandboxFault, Zygote

BACKUP_S = 8.0
"""After the run's own time the zygote has this long to report its end."""
FLOOD = 256
"""Times its limit that a run may print before it is ended."""
CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What a run left."""

    answer: bytes
    """Lines, after the one that says it is ready."""
    stdout: bytes
    stderr: bytes
    status: int
    """Exit status; below 0 the signal."""
    why: str
    """Why it was ended: "timeout", "memory", "processes", "answer", "output"; "" where it ended by itself."""
    seconds: float
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def output(self) -> str:
        """Both streams as text."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


class Run:
    """A run from its start to its end. Used by one thread."""

    def __init__(
        self,
        zygote: Zygote,
        request: dict[str, Any],
        limits: Limits,
        *,
        collect: Sequence[str] = (),
        apart: bool = False,
        incoming: int = -1,
        outgoing: int = -1,
        slots: int = 1,
        cpu_s: int = 0,
    ) -> None:
        self.limits, self._collect, self._zygote = limits, collect, zygote
        self._kept = {name: bytearray() for name in ("answer", "stdout", "stderr")}
        self._dropped = 0
        self._report: dict[str, Any] | None = None
        self._disk = -1
        self._began = time.monotonic()
        self.ends = self._began + limits.seconds + BACKUP_S
        answer, answer_in = os.pipe()
        stdout, stdout_in = os.pipe()
        stderr, stderr_in = os.pipe() if apart else (-1, -1)
        self._open = {fd: name for fd, name in ((answer, "answer"), (stdout, "stdout"), (stderr, "stderr")) if fd >= 0}
        asked = os.memfd_create("request", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(asked), "wb") as file:
                file.write(json.dumps(request).encode())
            os.lseek(asked, 0, os.SEEK_SET)
            given = [asked, stdout_in, stderr_in if apart else stdout_in, answer_in]
            given += [fd for fd in (incoming, outgoing) if fd >= 0]
            self.line = zygote.start(self._order(slots, cpu_s), given)
        except BaseException:
            self._shut()
            raise
        finally:
            for fd in (asked, answer_in, stdout_in, stderr_in):
                if fd >= 0:
                    os.close(fd)
        for fd in self._open:
            os.set_blocking(fd, False)

    def _order(self, slots: int, cpu_s: int) -> dict[str, Any]:
        limits = {
            "seconds": self.limits.seconds,
            "memory_mb": self.limits.memory_mb,
            "disk_mb": self.limits.disk_mb,
            "processes": self.limits.processes,
            "slots": slots,
            "cpu": cpu_s or int(self.limits.seconds) + 2,
        }
        return {"limits": limits, "collect": bool(self._collect)}

    @property
    def over(self) -> bool:
        """Whether the end was reported."""
        return self._report is not None

    @property
    def answer(self) -> bytearray:
        """The answer so far, from the first line on."""
        return self._kept["answer"]

    def descriptors(self) -> list[int]:
        """What to wait for."""
        return [*self._open, self.line.fileno()] if not self.over else []

    def take(self, fd: int) -> None:
        """Reads what is there. Raises: SandboxFault where the zygote is gone."""
        if fd in self._open:
            self._drain(fd)
        elif fd == self.line.fileno():
            message, given = self._heard()
            if not message:
                raise SandboxFault("the zygote ended during a run")
            self._report = json.loads(message)
            self._disk = given[0] if given else -1
            for pipe in list(self._open):  # whoever wrote is dead, so what is there is all
                self._drain(pipe, whole=True)

    def _heard(self) -> tuple[bytes, list[int]]:
        try:
            message, given, _, _ = socket.recv_fds(self.line, CHUNK, 1)
        except ConnectionResetError:  # an order came too late to be read; the report lies behind this error
            message, given, _, _ = socket.recv_fds(self.line, CHUNK, 1)
        return message, given

    def _drain(self, fd: int, whole: bool = False) -> None:
        name = self._open[fd]
        kept = self._kept[name]
        most = (self.limits.answer_kb if name == "answer" else self.limits.output_kb) << 10
        while True:
            try:
                data = os.read(fd, CHUNK)
            except BlockingIOError:
                return
            if not data:
                del self._open[fd]
                os.close(fd)
                return
            room = max(0, most + len(READY) - len(kept))
            kept += data[:room]
            if len(data) > room:
                self._dropped += len(data) - room
                if name == "answer":
                    self.kill("answer")
                elif self._dropped > FLOOD * most:
                    self.kill("output")
            if not whole:
                return

    def kill(self, why: str) -> None:
        """Asks the zygote to end the run."""
        self.tell(do="kill", why=why)

    def tell(self, **order: Any) -> None:
        """An order about this run; one that comes too late is lost."""
        if not self.over:
            try:
                self.line.send(json.dumps(order).encode())
            except OSError:
                return

    @property
    def report(self) -> dict[str, Any]:
        """What the zygote said of its end; empty before."""
        return self._report or {}

    def printed(self) -> str:
        """What was printed since the last `forget`."""
        for fd, name in list(self._open.items()):
            if name != "answer":
                self._drain(fd, whole=True)
        return self._kept["stdout"].decode("utf-8", "replace")

    def forget(self) -> None:
        """Of a session: what was printed and answered so far counts no more."""
        self.printed()
        for kept in self._kept.values():
            kept.clear()
        self._dropped = 0

    def remains(self) -> Remains:
        """What it left. Raises: SandboxFault where it never came to run."""
        report = self._report or {}
        answer = bytes(self.answer)
        if report.get("why") == "sandbox" or not answer.startswith(READY):
            said = report.get("note") or bytes(self._kept["stdout"]).decode(errors="replace")
            raise SandboxFault(f"a run did not start: {said.strip()[-500:] or report.get('why') or 'no message'}")
        files = collected(self._disk, self._collect, self.limits.file_kb << 10) if self._disk >= 0 else {}
        return Remains(
            answer=answer[len(READY) :],
            stdout=bytes(self._kept["stdout"]),
            stderr=bytes(self._kept["stderr"]),
            status=report["status"],
            why=report["why"],
            seconds=time.monotonic() - self._began,
            files=files,
        )

    def close(self) -> None:
        """Lets everything go; a run that is not over is ended."""
        self.line.close()
        self._shut()

    def _shut(self) -> None:
        for fd in (*self._open, self._disk):
            if fd >= 0:
                os.close(fd)
        self._open, self._disk = {}, -1


def wait(runs: Sequence[Run]) -> None:
    """Until all are over. Raises: SandboxFault where a zygote is gone or does not end a run in time."""
    poll = select.poll()
    known = set[int]()
    while True:
        wanted = {fd: run for run in runs for fd in run.descriptors()}
        if not wanted:
            return
        for fd in known - wanted.keys():
            poll.unregister(fd)
        for fd in wanted.keys() - known:
            poll.register(fd, select.POLLIN)
        known = set(wanted)
        left = max(run.ends for run in runs if not run.over) - time.monotonic()
        events = poll.poll(max(0, int(left * 1000))) if left > 0 else []
        if not events:
            raise SandboxFault("a run was not ended in time")
        for fd, _ in events:
            wanted[fd].take(fd)
