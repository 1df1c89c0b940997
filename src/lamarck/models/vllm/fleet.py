"""The servers of a run: started when somebody asks, ended when others need the place, begun again when they fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lamarck.core import PausedRun
from lamarck.models.vllm.failing import ServerFailed, why
from lamarck.models.vllm.folders import Weights
from lamarck.models.vllm.options import Options
from lamarck.models.vllm.server import Server
from lamarck.models.vllm.starting import MakeTarget, begun, reached, to_stderr

POLL_S = 0.1


class Fleet:
    """Safe to call from many threads: all that ask the same model share its server."""

    def __init__(
        self,
        options: Options,
        logs: Callable[[], Path],
        target: MakeTarget,
        tell: Callable[[str], None] = to_stderr,
    ) -> None:
        """In: the folder that logs are kept in, how a server is called, and what is told about those that start."""
        self._options, self._logs, self._target, self._tell = options, logs, target, tell
        self._door = threading.Condition()
        self._servers = dict[tuple[str, str], Server]()
        self._failed = dict[tuple[str, str], Exception]()
        self._busy = self._closed = False
        self._ended = self._started = 0

    @property
    def servers(self) -> Mapping[tuple[str, str], Server]:
        """Those there are, by base and address, the one longest unused first."""
        return dict(self._servers)

    @contextmanager
    def lease(self, base: Weights) -> Generator[Server]:
        """The server of a whole model, for as long as the block lasts. Blocks while it starts, or while others are
        at work in its place. Raises: ServerFailed, UsageError."""
        server = self._enter(base)
        try:
            yield server
        finally:
            with self._door:
                server.users -= 1
                self._door.notify_all()

    def release(self) -> None:
        """Free the GPU once what was asked is answered: end our servers, or let them sleep. Blocks."""
        with self._changing(lambda: not any(server.users for server in self._servers.values())):
            for key, server in list(self._servers.items()):
                if self._options.release == "sleep" and server.alive and not server.asleep:
                    server.asleep = server.control.sleep()
                if server.process and not server.asleep:
                    server.stop()
                    del self._servers[key]

    def close(self) -> None:
        """End our servers now. A second call does nothing."""
        with self._door:
            self._closed = True
            servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            server.stop()

    def _enter(self, base: Weights) -> Server:
        key = (base.digest, base.url)
        while True:
            with self._door:
                self._may_go_on(key)
                server = self._servers.get(key)
                if server and server.alive and not server.asleep and not self._busy:
                    server.users += 1
                    self._servers[key] = self._servers.pop(key)
                    return server
            with self._changing(lambda: self._fresh(key) or self._place(key, base)):
                self._may_go_on(key)
                if not self._fresh(key):
                    self._open(key, base)

    @contextmanager
    def _changing(self, may: Callable[[], bool]) -> Generator[None]:
        """Alone, once a condition holds."""
        with self._door:
            while self._busy or not may():
                if self._closed:
                    raise PausedRun("stopped while a vLLM server was waited for")
                self._door.wait(POLL_S)
            self._busy = True
        try:
            yield
        finally:
            with self._door:
                self._busy = False
                self._door.notify_all()

    def _may_go_on(self, key: tuple[str, str]) -> None:
        if self._closed:
            raise PausedRun("stopped while a vLLM server was needed")
        if error := self._failed.get(key):
            raise error

    def _fresh(self, key: tuple[str, str]) -> bool:
        server = self._servers.get(key)
        return server is not None and server.alive and not server.asleep

    def _ours(self) -> list[tuple[tuple[str, str], Server]]:
        return [(key, server) for key, server in self._servers.items() if server.process]

    def _place(self, key: tuple[str, str], base: Weights) -> bool:
        """Whether there is room for one more, or one that nobody uses can go."""
        others = [server for other, server in self._ours() if other != key]
        spare = sum(not server.users for server in others)
        return bool(base.url) or len(others) - spare < self._options.servers

    def _open(self, key: tuple[str, str], base: Weights) -> None:
        """Have a server of this base: wake it, begin it again, or begin it."""
        server = self._servers.get(key)
        try:
            if server and not server.alive:
                self._bury(self._servers.pop(key))
            elif server:
                server.control.wake()
                server.asleep = False
                return
            if not base.url:
                self._make_room()
            made = reached(base, self._options, self._target) if base.url else self._begun(base)
        except Exception as error:
            self._failed[key] = error
            raise
        with self._door:
            self._servers[key] = made
        if self._closed:
            made.stop()

    def _begun(self, base: Weights) -> Server:
        self._started += 1
        log = self._logs() / f"vllm-{self._started}.log"
        return begun(base, self._options, log, self._target, tell=self._tell, over=lambda: self._closed)

    def _bury(self, server: Server) -> None:
        """What ended by itself is collected and counted. Raises: ServerFailed for one time too many."""
        process = server.process
        assert process
        code = process.stop()
        self._ended += 1
        said = f"the vLLM server of {server.base.folder} ended by itself (exit code {code}; {why(process.log)})"
        if self._ended > self._options.restarts:
            times = f", {self._ended} times by now" if self._ended > 1 else ""
            raise ServerFailed(f"{said}{times}; its log: {process.log}")
        self._tell(f"{said}; it is started again, {self._ended} of {self._options.restarts}")

    def _make_room(self) -> None:
        for other, server in self._ours():
            if len(self._ours()) < self._options.servers:
                return
            if not server.users:
                cure = "both at once: --vllm servers=2,gpu_memory=0.45"
                self._tell(f"{server.base.folder.name} makes room for another model ({cure})")
                server.stop()
                del self._servers[other]
