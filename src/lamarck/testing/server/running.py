"""A faulty server on a thread of this process, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from lamarck.testing.server.faulty import Script
from lamarck.testing.server.serving import Server

HOST = "127.0.0.1"
"""Nobody else can reach it."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that runs, and what it has met so far."""

    url: str
    """What to give as ``--base-url``."""
    server: Server

    @property
    def asked(self) -> Mapping[str, int]:
        """Each prompt with its seed -> how often it was sent."""
        with self.server.lock:
            return Counter(self.server.asked)

    @property
    def met(self) -> Mapping[str, int]:
        """Fault -> how often it was met."""
        with self.server.lock:
            return Counter(self.server.met)

    @property
    def most(self) -> int:
        """Calls in flight at most."""
        return self.server.most

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Of the last thousand calls, oldest first."""
        with self.server.lock:
            return list(self.server.bodies)

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the last call."""
        with self.server.lock:
            return dict(self.server.headers)


@contextmanager
def serve(script: Script | None = None, *, port: int = 0) -> Generator[Served]:
    """Serve a script on this machine while the block lasts. In: a port, 0 = any that is free."""
    server, loop = Server(script or Script()), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="faulty server", daemon=True)
    thread.start()

    async def start() -> tuple[web.AppRunner, int]:
        runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        return runner, int(runner.addresses[0][1])

    runner, at = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield Served(url=f"http://{HOST}:{at}/v1", server=server)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
