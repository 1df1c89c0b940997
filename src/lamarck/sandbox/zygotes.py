"""Warm interpreters: started, kept, renewed, ended. Each is one process tree that dies with its socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from lamarck.core import LamarckError
from lamarck.sandbox.launch import Launch

RECYCLE = 2000
"""Runs of one zygote before another takes its place."""
START_S, QUIT_S, STOP_S = 30.0, 3.0, 5.0
SESSIONS = 8
"""Sessions that share a zygote."""


class SandboxFault(LamarckError):
    """The sandbox itself failed; nothing is known about what ran in it."""


class Zygote:
    """One warm interpreter behind walls."""

    def __init__(self, launch: Launch) -> None:
        self.runs = 0
        self.sessions = 0
        self.broken = False
        self._said = os.memfd_create("stderr", os.MFD_CLOEXEC)
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                launch.words, env=launch.environment, stdin=inside.fileno(), stdout=self._said, stderr=self._said
            )
        finally:
            inside.close()
        try:
            self.hello = self._ready()
        except BaseException:
            self.stop()
            raise

    def _ready(self) -> dict[str, Any]:
        self._control.settimeout(START_S)
        try:
            hello = json.loads(self._control.recv(1 << 16) or b"{}")
        except (OSError, ValueError) as error:
            hello = {"broken": str(error)}
        self._control.settimeout(None)
        if "ready" not in hello:
            said = os.pread(self._said, 4000, 0).decode(errors="replace").strip()
            raise SandboxFault(f"the sandbox did not start: {said or hello.get('broken') or 'no message'}")
        return hello

    @property
    def pid(self) -> int:
        """Of the outermost process."""
        return self._process.pid

    def start(self, order: dict[str, Any], descriptors: Sequence[int]) -> socket.socket:
        """Starts a run. Out: its line, on which it reports. Raises: SandboxFault where the zygote is gone."""
        self.runs += 1
        line, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], [inside.fileno(), *descriptors])
        except OSError as error:
            self.broken = True
            line.close()
            raise SandboxFault(f"the zygote is gone: {error}") from None
        finally:
            inside.close()
        return line

    def kill(self) -> None:
        """Ends it, with all that runs in it; it is not used again."""
        self.broken = True
        self._control.close()
        try:  # it ends when nobody talks to it any more, and first what it must end one by one
            self._process.wait(QUIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def stop(self) -> None:
        """Ends it; twice is once."""
        if self._said < 0:
            return
        self.broken = True
        self._control.close()
        try:
            self._process.wait(QUIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)
        os.close(self._said)
        self._said = -1


class Zygotes:
    """A fixed number of them for runs, more for sessions. Safe to use from many threads."""

    def __init__(self, launch: Callable[[int], Launch], workers: int, per_session: int = SESSIONS) -> None:
        self._launch = launch
        self._per_session = per_session
        self._idle: list[Zygote | None] = [None] * workers  # None: to be started when wanted
        self._all: list[Zygote] = []
        self._hives: list[Zygote] = []
        self._change = threading.Condition()
        self._closed = False
        # Processes are started by one thread that lives as long as they shall: the kernel ends a child that dies
        # with its parent when the *thread* that started it ends.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="sandbox")

    @contextmanager
    def lease(self) -> Generator[Zygote]:
        """One for this caller alone; waits for it. Raises: SandboxFault where none starts."""
        with self._change:
            self._change.wait_for(lambda: self._idle or self._closed)
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            zygote = self._idle.pop()
        try:
            if zygote is None or zygote.broken:
                if zygote:
                    self._drop(zygote)
                zygote = None
                zygote = self._start()
            yield zygote
        except BaseException:
            if zygote:
                zygote.kill()  # whatever still runs in it is nobody's
            raise
        finally:
            if zygote and (zygote.broken or zygote.runs >= RECYCLE):
                self._drop(zygote)
                zygote = None
            with self._change:
                self._idle.append(zygote)
                self._change.notify()

    def settle(self) -> Zygote:
        """One with room for a session; give it back with `leave`. Raises: SandboxFault."""
        with self._change:
            if self._closed:
                raise SandboxFault("the sandbox is closed")
            for zygote in self._hives:
                if zygote.sessions < self._per_session and not zygote.broken and zygote.runs < RECYCLE:
                    zygote.sessions += 1
                    return zygote
        zygote = self._start()
        zygote.sessions = 1
        with self._change:
            self._hives.append(zygote)
        return zygote

    def leave(self, zygote: Zygote) -> None:
        """A session less."""
        with self._change:
            zygote.sessions -= 1
            done = zygote.sessions == 0 and (zygote.broken or zygote.runs >= RECYCLE) and zygote in self._hives
            if done:
                self._hives.remove(zygote)
        if done:
            self._drop(zygote)

    def _start(self) -> Zygote:
        try:
            zygote = self._starter.submit(lambda: Zygote(self._launch(len(self._all)))).result()
        except (OSError, RuntimeError) as error:
            raise SandboxFault(f"the sandbox did not start: {error}") from error
        with self._change:
            self._all.append(zygote)
            closed = self._closed
        if closed:
            zygote.stop()
            raise SandboxFault("the sandbox is closed")
        return zygote

    def _drop(self, zygote: Zygote) -> None:
        zygote.stop()
        with self._change:
            if zygote in self._all:
                self._all.remove(zygote)

    def close(self) -> None:
        """Ends all of them; twice is once."""
        with self._change:
            self._closed = True
            zygotes, self._all, self._hives = self._all, [], []
            self._change.notify_all()
        for zygote in zygotes:
            zygote.stop()
        self._starter.shutdown()
