"""The server itself: chats, completions, embeddings and models over aiohttp, with the faults of a script."""

from __future__ import annotations

import asyncio
import email.utils
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from lamarck.testing.server import replies
from lamarck.testing.server.faulty import Script

PAGE = b"<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
AFTER = {"busy_absurd": "1000000000", "busy_negative": "-5"}


class Server:
    """Answers as a script says, and counts what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.lock = threading.Lock()
        self.asked = Counter[str]()
        """Each prompt with its seed -> how often it was sent."""
        self.answered = Counter[str]()
        """The same -> how often a whole, right answer went out."""
        self.met = Counter[str]()
        """Fault -> how often it was met."""
        self.bodies = deque[dict[str, Any]](maxlen=1000)
        """Of the last thousand calls."""
        self.headers: dict[str, str] = {}
        self.busy = self.most = 0
        """Calls in flight, now and at most."""

    def app(self) -> web.Application:
        """Its routes."""
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_post("/v1/completions", self.completion)
        app.router.add_post("/v1/embeddings", self.embedding)
        app.router.add_get("/v1/models", self.models)
        return app

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """One chat: what goes wrong first, then its answer after its time."""
        body = await self._read(request)
        prompt = json.dumps([body.get("messages"), body.get("seed")])
        with self.lock:
            sending = self.asked[prompt]
            self.asked[prompt] += 1
            self.busy += 1
            self.most = max(self.most, self.busy)
        try:
            fault = self.script.fault(prompt, sending)
            with self.lock:
                self.met[fault] += bool(fault)
            await asyncio.sleep(self.script.latency(self.script.rng("latency", prompt)))
            if refused := self._refused(request, body, fault):
                return refused
            reply = await self._faulty(request, body, fault)
            if reply is None:
                reply = await self._answer(request, body)
                with self.lock:
                    self.answered[prompt] += 1
            return reply
        except ConnectionError:  # whoever asked has had enough
            return web.Response(status=499)
        finally:
            with self.lock:
                self.busy -= 1

    async def completion(self, request: web.Request) -> web.Response:
        """A completion; echoes its prompt with log-probabilities where it knows them."""
        body = await self._read(request)
        if "echo" not in self.script.knows:
            return web.json_response({"error": {"message": "echo is not supported"}}, status=400)
        return web.json_response(replies.completion(body))

    async def embedding(self, request: web.Request) -> web.Response:
        """A vector of eight numbers for each text; none where it refuses their field."""
        body = await self._read(request)
        if "input" in self.script.refuses:
            return web.json_response({"error": {"message": "embeddings are not supported"}}, status=400)
        return web.json_response(replies.embeddings(body))

    async def models(self, _request: web.Request) -> web.Response:
        """Its only model; none where it takes any."""
        if not self.script.model:
            return web.json_response({"error": {"message": "not here"}}, status=500)
        return web.json_response({"object": "list", "data": [{"id": self.script.model, "object": "model"}]})

    async def _read(self, request: web.Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        with self.lock:
            self.bodies.append(body)
            self.headers = dict(request.headers)
        return body

    def _refused(self, request: web.Request, body: Mapping[str, Any], fault: str) -> web.Response | None:
        """What no retry helps against."""
        script = self.script
        given = request.headers.get("Authorization", "")
        if fault == "unauthorized" or (script.key and given != f"Bearer {script.key}"):
            # some servers repeat what they were given
            return web.json_response({"error": {"message": f"invalid key: {given}"}}, status=401)
        if fault == "too_long":
            return web.json_response({"error": {"message": "the prompt is longer than the context"}}, status=400)
        if script.model and body.get("model") != script.model:
            return web.json_response({"error": {"message": f"no model {body.get('model')}"}}, status=404)
        if named := next((name for name in script.refuses if name in body), None):
            return web.json_response({"error": {"message": f"unknown field: {named}"}}, status=400)
        return None

    async def _faulty(self, request: web.Request, body: Mapping[str, Any], fault: str) -> web.StreamResponse | None:
        """What goes wrong; None where nothing does."""
        whole = json.dumps(replies.chat(self.script, body)).encode()
        if fault.startswith("busy"):
            return self._busy(fault)
        match fault:
            case "error" | "poison":
                return web.json_response({"error": {"message": "internal error"}}, status=500)
            case "hang" | "slow_first_byte":
                await asyncio.sleep(self.script.hang_s if fault == "hang" else min(self.script.hang_s, 0.2))
                return None
            case "html":
                return web.Response(body=PAGE, content_type="text/html")
            case "cut_json":
                return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
            case "half_closed" | "wrong_length":
                return await self._cut(request, whole, len(whole) + 100 if fault == "wrong_length" else None)
            case "drip":
                return await self._drip(request, whole)
            case "huge":
                return await self._huge(request)
            case "cut_stream":
                return await self._stream(request, replies.pieces(self.script, body)[:2])
            case "redirect":
                return web.Response(status=307, headers={"Location": self.script.elsewhere})
            case "empty_choices" | "other_model" | "no_finish" | "error_inside":
                return web.json_response(replies.broken(self.script, body, fault))
            case _:
                return None

    def _busy(self, fault: str) -> web.Response:
        after = AFTER.get(fault, "")
        if fault == "busy_seconds":
            after = f"{self.script.retry_after_s:g}"
        if fault == "busy_date":
            after = email.utils.formatdate(time.time() + self.script.retry_after_s, usegmt=True)
        headers = {"Retry-After": after} if after else {}
        return web.json_response({"error": {"message": "too many requests"}}, status=429, headers=headers)

    async def _answer(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        if body.get("stream"):
            return await self._stream(request, replies.pieces(self.script, body))
        return web.json_response(replies.chat(self.script, body))

    async def _stream(self, request: web.Request, events: list[bytes]) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        await reply.write(b"".join(events))
        await reply.write_eof()
        return reply

    async def _cut(self, request: web.Request, whole: bytes, length: int | None) -> web.StreamResponse:
        """Half a body, or all of one that was announced longer; then the connection ends."""
        headers = {"Content-Type": "application/json", "Content-Length": str(length or len(whole))}
        reply = web.StreamResponse(headers=headers)
        await reply.prepare(request)
        await reply.write(whole if length else whole[: len(whole) // 2])
        if request.transport:
            request.transport.close()
        return reply

    async def _drip(self, request: web.Request, whole: bytes) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "application/json"})
        await reply.prepare(request)
        for byte in whole[: int(self.script.hang_s / 0.1)]:
            await reply.write(bytes([byte]))
            await asyncio.sleep(0.1)
        return reply

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "application/json"})
        await reply.prepare(request)
        for _ in range(64):
            await reply.write(b" " * 2**20)
        return reply
