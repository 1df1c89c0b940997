"""The warm interpreter: forks once for each run, watches the runs, and reads nothing that they write.

On its socket comes an order to start with descriptors: the run's line, the request, and what the run gets. The child
becomes process 1 of a pid namespace of its own, so that killing it kills all it ever started. The request is read by
the child alone: nothing of one run lies in the memory of the next. On the run's line come orders about the run and
goes the report when it ended; a line that closes ends the run.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any, NoReturn

from lamarck.sandbox.guest import confine, kernel, payload
from lamarck.sandbox.guest.census import census

TICK = 0.02
"""Seconds between two looks at a run's memory."""
LARGEST, MOST = 1 << 12, 8
"""Bytes and descriptors of one message."""


@dataclass(kw_only=True)
class Child:
    """A run that goes on."""

    pid: int
    pidfd: int
    line: socket.socket
    disk: int
    limits: dict[str, Any]
    collect: bool
    began: float
    ends: float
    still: bool = False
    """Whether it is stopped: a session between two blocks."""
    why: str = ""


@dataclass(kw_only=True)
class Zygote:
    """The loop."""

    control: socket.socket
    walls: confine.Walls
    space: int
    """Its own pid namespace, to come back to."""
    devnull: int
    base_kb: int
    """Private memory that a child has before it does anything."""
    children: list[Child] = field(default_factory=list[Child])
    next_look: float = 0.0

    def serve(self) -> NoReturn:
        """Until the socket closes, which ends every run."""
        self.poll = select.poll()
        self.poll.register(self.control, select.POLLIN)
        while True:
            for fd, _ in self.poll.poll(self._patience()):
                if fd == self.control.fileno():
                    self._heed()
                    continue
                # not there: ended by an event of the same batch
                child = next((child for child in self.children if fd in (child.pidfd, child.line.fileno())), None)
                if child and fd == child.pidfd:
                    self._report(child)
                elif child:
                    self._obey(child)
            if any(not child.still for child in self.children) and time.monotonic() >= self.next_look:
                self._look()
                self.next_look = time.monotonic() + TICK

    def _patience(self) -> int | None:
        ends = [child.ends for child in self.children if not child.still]
        if not ends:
            return None
        return max(1, int((min(self.next_look, *ends) - time.monotonic()) * 1000) + 1)

    def _heed(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self.control, LARGEST, MOST)
        if not message:
            os._exit(0)
        line = socket.socket(fileno=descriptors[0])
        try:
            self._start(json.loads(message), line, descriptors[1:])
        except OSError as error:
            _say(line, {"why": "sandbox", "note": str(error)[:300]})
            line.close()
        finally:
            for fd in descriptors[1:]:
                os.close(fd)

    def _start(self, order: dict[str, Any], line: socket.socket, descriptors: list[int]) -> None:
        limits, began = order["limits"], time.monotonic()
        disk = kernel.detached_tmpfs({b"size": b"%dm" % limits["disk_mb"], b"nr_inodes": b"4096", b"mode": b"700"})
        try:
            kernel.unshare(kernel.NEWPID)
            try:
                pid = os.fork()
                if pid == 0:
                    self._become(limits, descriptors, disk)
            finally:
                kernel.enter(self.space, kernel.NEWPID)
        except OSError:
            os.close(disk)
            raise
        child = Child(
            pid=pid,
            pidfd=os.pidfd_open(pid),
            line=line,
            disk=disk,
            limits=limits,
            collect=order["collect"],
            began=began,
            ends=began + limits["seconds"],
        )
        self.children.append(child)
        self.poll.register(child.pidfd, select.POLLIN)
        self.poll.register(line, select.POLLIN)
        self.next_look = max(self.next_look, began + TICK) if len(self.children) > 1 else began + TICK

    def _become(self, limits: dict[str, Any], descriptors: list[int], disk: int) -> NoReturn:
        """What the child does, from here to its end."""
        try:
            os.setsid()  # else a signal to its own group would reach the zygote
            task = payload.read(descriptors[0])
            confine.wall_in(disk)
            confine.place(descriptors[1:], self.devnull)
            payload.lay(task)
            confine.limit(limits, self.walls.base_vm)
            confine.lock(self.walls)
            confine.settle()
        except BaseException:
            # it has not said that it is ready, so this is the sandbox's fault, and told as such
            os.write(confine.STDERR, traceback.format_exc().encode())
            os._exit(1)
        payload.perform(task)

    def _obey(self, child: Child) -> None:
        message = child.line.recv(LARGEST)
        order = json.loads(message) if message else {"do": "kill", "why": "left"}
        if order["do"] == "kill":
            self._kill(child, order["why"])
            if not message:
                self.poll.unregister(child.line)
        elif order["do"] == "interrupt":
            os.kill(child.pid, signal.SIGINT)
        elif order["do"] == "still":
            self._stop(child, signal.SIGSTOP)
        elif order["do"] == "go":
            child.ends = time.monotonic() + order["seconds"]
            self._stop(child, signal.SIGCONT)

    def _look(self) -> None:
        """Ends what is late or too large."""
        now = time.monotonic()
        running = [child for child in self.children if not child.still]
        uses = census({child.pid for child in running})
        for child in running:
            use = uses[child.pid]
            if now >= child.ends:
                self._kill(child, "timeout")
            elif use.memory_kb - self.base_kb > child.limits["memory_mb"] << 10:
                self._kill(child, "memory")
            elif use.tasks > child.limits["processes"] + 1:
                self._kill(child, "processes")

    def _kill(self, child: Child, why: str) -> None:
        child.why = child.why or why
        os.kill(child.pid, signal.SIGKILL)

    def _stop(self, child: Child, number: signal.Signals) -> None:
        child.still = number is signal.SIGSTOP
        # twice: what was being started at the first look is there at the second
        for _ in range(2):
            for pid in census({child.pid})[child.pid].pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue

    def _report(self, child: Child) -> None:
        _, status, used = os.wait4(child.pid, 0)
        self.children.remove(child)
        self.poll.unregister(child.pidfd)
        with contextlib.suppress(KeyError):
            self.poll.unregister(child.line)
        _say(
            child.line,
            {
                "status": os.waitstatus_to_exitcode(status),
                "why": child.why,
                "cpu": used.ru_utime + used.ru_stime,
            },
            [child.disk] if child.collect else [],
        )
        child.line.close()
        os.close(child.pidfd)
        os.close(child.disk)


def _say(line: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        socket.send_fds(line, [json.dumps(message).encode()], descriptors or [])


def _no_more_users() -> None:
    """No process in here makes a user namespace from now on, in which it would be root."""
    kernel.mount(b"proc", b"/proc", b"proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("0")


def main() -> NoReturn:
    """Starts on the socket that is standard input."""
    control = socket.socket(fileno=os.dup(0))
    devnull = os.open("/dev/null", os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    try:
        kernel.mount(None, b"/", None, kernel.PRIVATE)
        _no_more_users()
        payload.warm(sys.argv[1:])
        kernel.dumpable(False)
        zygote = Zygote(
            control=control,
            walls=confine.Walls.here(),
            space=os.open("/proc/self/ns/pid", os.O_RDONLY),
            devnull=devnull,
            base_kb=census({os.getpid()})[os.getpid()].memory_kb,
        )
        gc.collect()
        gc.freeze()
        gc.disable()  # the children turn it on: a collection here would only copy pages
        control.send(json.dumps({"ready": sys.version.split()[0], "landlock": zygote.walls.abi}).encode())
    except BaseException:
        control.send(json.dumps({"broken": traceback.format_exc()[-2000:]}).encode())
        os._exit(1)
    zygote.serve()
