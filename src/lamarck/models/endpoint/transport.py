"""One request over HTTP: its time, its size and where it goes are all bounded."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin
from urllib.request import getproxies, proxy_bypass

import aiohttp

from lamarck.models.endpoint.address import Address, Key, is_loopback
from lamarck.models.endpoint.faults import Fault, of_status, plain
from lamarck.models.endpoint.options import Options
from lamarck.models.endpoint.streaming import Pieces

LARGEST = 16 * 1024 * 1024
"""Bytes of a reply at most."""
CONNECT_S = 30.0
"""A connection must stand after so long."""
HOPS = 3
"""Redirects within one host that are followed."""
BYTES = 4
"""Of a token, about."""
CAME = re.compile(r"received (\d+) of (\d+) bytes")
"""What aiohttp says of a body that ended too early, among much else."""


class Transport:
    """The pool of connections to one endpoint. Used on the loop's thread alone."""

    def __init__(self, address: Address, key: Key, options: Options) -> None:
        self._address, self._key, self._options = address, key, options
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON of a complete reply, put together where it came as a stream.

        Raises: Fault for everything else. Nothing that holds the key leaves here.
        """
        return await self._within("POST", path, json.dumps(body).encode())

    async def get(self, path: str) -> Any:
        """The same for a question without a body."""
        return await self._within("GET", path, None)

    async def close(self) -> None:
        """End all connections."""
        if self._session:
            await self._session.close()

    async def _within(self, method: str, path: str, data: bytes | None) -> Any:
        """Send, and read what comes, in the time a call may take."""
        pieces, began = Pieces(), asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._options.timeout_s) as clock:
                return await self._send(method, f"{self._address.url}{path}", data, clock, pieces, HOPS)
        except TimeoutError:
            raise self._slow(pieces, asyncio.get_running_loop().time() - began) from None
        except aiohttp.ClientPayloadError as error:
            got = CAME.search(str(error))
            after = f" after {got[1]} of {got[2]} bytes" if got else f" ({self._told(error)})"
            raise Fault("broken", f"the reply broke off{after}", tokens=pieces.tokens) from None
        except aiohttp.ClientConnectorError as error:
            why = os.strerror(error.errno) if error.errno else self._told(error)
            raise Fault("broken", f"no connection to {self._address.host} ({why})") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise Fault("broken", f"{type(error).__name__}: {self._told(error)}", tokens=pieces.tokens) from None

    async def _send(
        self, method: str, url: str, data: bytes | None, clock: asyncio.Timeout, pieces: Pieces, hops: int
    ) -> Any:
        async with self._pool().request(method, url, data=data, allow_redirects=False) as reply:
            if 300 <= reply.status < 400:
                to = urljoin(url, reply.headers.get("Location", ""))
                if hops and reply.status in (307, 308) and to.startswith(f"{_origin(url)}/"):
                    return await self._send(method, to, data, clock, pieces, hops - 1)
                raise Fault(
                    "redirect", f"HTTP {reply.status}: sent on to {plain(_origin(to), 100) or 'nowhere'}, not followed"
                )
            streams = reply.status == 200 and reply.content_type == "text/event-stream"
            raw = await self._read(reply, clock, pieces if streams else None)
            if streams:
                return pieces.whole()
            body = _json(raw)
            if reply.status != 200:
                raise of_status(reply.status, body, reply.headers, raw[:2000].decode(errors="replace"))
            if body is None:
                what = "HTML" if raw.lstrip()[:1] == b"<" else f"no JSON ({len(raw):,} bytes)" if raw else "empty"
                raise Fault("malformed", f"HTTP 200, but the reply is {what}")
            return body

    async def _read(self, reply: aiohttp.ClientResponse, clock: asyncio.Timeout, pieces: Pieces | None) -> bytes:
        """All bytes of a reply, or its events; one that comes too slowly or grows too large is given up."""
        loop, got, parts = asyncio.get_running_loop(), 0, list[bytes]()
        began, whole = loop.time(), clock.when() or 0.0
        rate, grace = self._options.least_rate, self._options.first_s
        while chunk := await reply.content.readany():
            got += len(chunk)
            if got > LARGEST:
                raise Fault("malformed", f"the reply is over {LARGEST:,} bytes")
            if pieces:
                pieces.add(self._key.hide(chunk))
                if pieces.done:
                    break
            else:
                parts.append(chunk)
            if rate > 0:
                tokens = pieces.tokens if pieces else got / BYTES
                clock.reschedule(min(whole, began + grace + tokens / rate))
        return self._key.hide(b"".join(parts))

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                headers={**self._key.header(), "Content-Type": "application/json", "User-Agent": "lamarck"},
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=_proxy(self._address),
            )
        return self._session

    def _slow(self, pieces: Pieces, lasted_s: float) -> Fault:
        came = f"; {pieces.tokens} pieces had come" if pieces.tokens else ""
        most, rate, grace = self._options.timeout_s, self._options.least_rate, self._options.first_s
        said = f"no complete reply within {most:g} s"
        if lasted_s < most:
            said = f"slower than {rate:g} tokens a second after {grace:g} s (--endpoint first_s=S gives more)"
        return Fault("slow", f"{said}{came}", tokens=pieces.tokens)

    def _told(self, error: Exception) -> str:
        return plain(self._key.hide(str(error).encode(errors="replace")).decode(errors="replace"), 200)


def _proxy(address: Address) -> str | None:
    """The proxy that the environment names for this host. (aiohttp's own reading would take passwords from .netrc.)"""
    if is_loopback(address.name) or proxy_bypass(address.name):
        return None
    return getproxies().get(address.url.partition(":")[0])


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
