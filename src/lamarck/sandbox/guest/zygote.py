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
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import Any, NoReturn

from lamarck.sandbox.guest import confine, kernel, payload
from lamarck.sandbox.guest.census import census, tasks_of

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
    """Its folder, open."""
    home: str
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
            self._leave()
        line = socket.socket(fileno=descriptors[0])
        try:
            self._start(json.loads(message), line, descriptors[1:])
        except OSError as error:
            _say(line, {"why": "sandbox", "note": str(error)[:300]})
            line.close()
        finally:
            for fd in descriptors[1:]:
                os.close(fd)

    def _leave(self) -> NoReturn:
        """Nobody wants anything any more. In namespaces all ends with this process; else it ends what there is."""
        if self.walls.bare:
            homes, self.children = [child.home for child in self.children], []
            self._sweep()
            for home in homes:
                shutil.rmtree(home, ignore_errors=True)
        os._exit(0)

    def _start(self, order: dict[str, Any], line: socket.socket, descriptors: list[int]) -> None:
        limits: dict[str, Any] = order["limits"]
        began, home = time.monotonic(), confine.HOME
        if self.walls.bare:
            home = tempfile.mkdtemp(prefix="sandbox-", dir=confine.HOME)
            disk = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
        else:
            disk = kernel.detached_tmpfs({b"size": b"%dm" % limits["disk_mb"], b"nr_inodes": b"4096", b"mode": b"700"})
        try:
            pid = self._fork()
        except OSError:
            os.close(disk)
            raise
        if pid == 0:
            self._become(limits, descriptors, disk, home)
        child = Child(
            pid=pid,
            pidfd=os.pidfd_open(pid),
            line=line,
            disk=disk,
            home=home,
            limits=limits,
            collect=order["collect"],
            began=began,
            ends=began + limits["seconds"],
        )
        self.children.append(child)
        self.poll.register(child.pidfd, select.POLLIN)
        self.poll.register(line, select.POLLIN)
        self.next_look = max(self.next_look, began + TICK) if len(self.children) > 1 else began + TICK

    def _fork(self) -> int:
        """A child, as the first process of a pid namespace where there are any."""
        if self.walls.bare:
            return os.fork()
        kernel.unshare(kernel.NEWPID)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                kernel.enter(self.space, kernel.NEWPID)
        return pid

    def _become(self, limits: dict[str, Any], descriptors: list[int], disk: int, home: str) -> NoReturn:
        """What the child does, from here to its end."""
        try:
            os.setsid()  # else a signal to its own group would reach the zygote
            task = payload.read(descriptors[0])
            if self.walls.bare:
                kernel.end_with_parent()
            else:
                confine.wall_in(disk)
            confine.place(descriptors[1:], self.devnull)
            payload.lay(task, home)
            confine.limit(limits, self.walls.base_vm, tasks_of(os.getuid()) if self.walls.bare else 0)
            confine.lock(self.walls, home)
            confine.settle(home)
        except BaseException:
            # it has not said that it is ready, so this is the sandbox's fault, and told as such
            os.write(confine.STDERR, traceback.format_exc().encode())
            os._exit(1)
        payload.perform(task)

    def _obey(self, child: Child) -> None:
        message = child.line.recv(LARGEST)
        order: dict[str, Any] = json.loads(message) if message else {"do": "kill", "why": "left"}
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
        uses = census({child.pid for child in running}, self._home())
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
            _signal(set(census({child.pid}, self._home())[child.pid].pids), number)

    def _home(self) -> int:
        """Where orphans come to: here, where no pid namespace keeps them."""
        return os.getpid() if self.walls.bare else 0

    def _sweep(self) -> None:
        """Without a pid namespace, what a run left behind has come to this process, and is ended here.

        All of it is stopped before any of it is killed: else what was not yet killed goes on forking.
        """
        stopped = set[int]()
        while True:
            left = self._left()
            if not left - stopped:
                break
            _signal(left, signal.SIGSTOP)
            stopped |= left
        while left:
            _signal(left, signal.SIGKILL)
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            left = self._left()

    def _left(self) -> set[int]:
        living = {child.pid for child in self.children}
        kept = {pid for use in census(living).values() for pid in use.pids} if living else set[int]()
        here = os.getpid()
        return set(census({here})[here].pids) - kept - {here}

    def _report(self, child: Child) -> None:
        _, status, used = os.wait4(child.pid, 0)
        self.children.remove(child)
        self.poll.unregister(child.pidfd)
        if self.walls.bare:
            self._sweep()
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
        if self.walls.bare:
            if child.collect:  # the folder stays until the supervisor has read it, which it says by closing the line
                child.line.settimeout(10)
                with contextlib.suppress(OSError):
                    child.line.recv(LARGEST)
            shutil.rmtree(child.home, ignore_errors=True)
        child.line.close()
        os.close(child.pidfd)
        os.close(child.disk)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _say(line: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        socket.send_fds(line, [json.dumps(message).encode()], descriptors or [])


def _no_more_users() -> None:
    """No process in here makes a user namespace from now on, in which it would be root."""
    kernel.mount(b"proc", b"/proc", b"proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("0")


def main() -> NoReturn:
    """Starts on the socket that is standard input.

    Arguments: modules to import; after ``--bare``, paths that may be read: there are no namespaces then.
    """
    imports, bare, paths = (" ".join(sys.argv[1:])).partition("--bare")
    readable = tuple(paths.split()) if bare else None
    control = socket.socket(fileno=os.dup(0))
    devnull = os.open("/dev/null", os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    try:
        if readable is None:
            kernel.mount(None, b"/", None, kernel.PRIVATE)
            _no_more_users()
        else:
            kernel.adopt()
        payload.warm(imports.split())
        kernel.dumpable(False)
        zygote = Zygote(
            control=control,
            walls=confine.Walls.here(readable),
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
