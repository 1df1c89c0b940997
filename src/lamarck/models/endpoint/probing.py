"""What a model behind an endpoint can do: tried, not believed."""

from __future__ import annotations

import base64
import struct
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from lamarck.core.protocols import Capability
from lamarck.models.endpoint.asking import Ask, choice
from lamarck.models.endpoint.faults import Fault
from lamarck.models.endpoint.target import Target

SAYS: Mapping[str, Capability] = {
    "n": "n",
    "logprobs": "logprobs",
    "schema": "constrain",
    "score": "score",
    "distributions": "distributions",
    "embeddings": "embed",
    "tools": "tools",
    "images": "images",
}
"""What is tried -> what it lets a recipe do."""
HELLO = {"messages": [{"role": "user", "content": "Say hello."}], "temperature": 1.0, "max_tokens": 16}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found out about a model at an address."""

    answers: bool
    why: str = ""
    """Why it does not."""
    can: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """What was tried -> whether it works."""
    first_s: float = 0.0
    """Seconds of a short answer."""
    rate: float = 0.0
    """Tokens a second of one longer answer."""
    served: str = ""
    """What the server calls the model."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a recipe may rely on. Samples are calls of their own, so n works whether or not the server knows it."""
        tried: set[Capability] = {SAYS[name] for name, works in self.can.items() if works and name in SAYS}
        return frozenset[Capability](("generate", "chat", "n")) | tried


async def probe(target: Target) -> Found:
    """Try a model out with about a dozen short calls; they are not recorded."""
    began = time.monotonic()
    try:
        first = await _chat(target, {})
    except Fault as fault:
        return Found(answers=False, why=fault.detail)
    first_s, began = time.monotonic() - began, time.monotonic()
    can = {name: await _works(look(target)) for name, look in LOOKS.items()}
    can |= {name: name not in target.refused for name in ("top_k", "stream")}
    began = time.monotonic()
    try:
        longer = await _chat(target, {"messages": [{"role": "user", "content": "Count to 60."}], "max_tokens": 128})
        tokens = int(cast("dict[str, Any]", longer.get("usage") or {}).get("completion_tokens") or 0)
    except Fault:
        tokens = 0
    rate = tokens / max(time.monotonic() - began, 1e-9)
    return Found(answers=True, can=can, first_s=first_s, rate=rate, served=str(first.get("model") or ""))


async def _works(look: Any) -> bool:
    try:
        return bool(await look)
    except (Fault, TypeError, KeyError, IndexError, AttributeError):
        return False


async def _chat(target: Target, more: Mapping[str, Any]) -> dict[str, Any]:
    ask = Ask(model=target.model, read="chat", body={**HELLO, "top_k": 50, **more}, key="", seed=1)
    await target.send(ask) if not more else None  # learns which fields are refused
    body = target.body(ask)
    for name in ("stream", "stream_options"):
        body.pop(name, None)
    return await target.transport.post("/chat/completions", body)


async def _models(target: Target) -> bool:
    return bool((await target.transport.get("/models"))["data"])


async def _n(target: Target) -> bool:
    return len((await _chat(target, {"n": 2}))["choices"]) == 2


async def _seed(target: Target) -> bool:
    """Equal words for an equal seed, twice, at temperature 1."""
    body = {
        "messages": [{"role": "user", "content": "Invent a name for a ship, then tell its story."}],
        "max_tokens": 24,
    }
    one, other = [await _chat(target, body) for _ in range(2)]
    return "seed" not in target.refused and one["choices"][0]["message"] == other["choices"][0]["message"]


async def _logprobs(target: Target) -> bool:
    return bool((await _chat(target, {"logprobs": True}))["choices"][0]["logprobs"]["content"])


async def _schema(target: Target) -> bool:
    more = {"response_format": choice(["blue", "green"]), "max_tokens": 64}
    said = (await _chat(target, more))["choices"][0]["message"]["content"]
    return said.replace(" ", "").replace("\n", "") in ('{"answer":"blue"}', '{"answer":"green"}')


async def _tools(target: Target) -> bool:
    asked = [{"role": "user", "content": "What is the weather in Rome? Call the tool."}]
    reply = await _chat(target, {"messages": asked, "tools": [TOOL], "max_tokens": 128})
    return bool(reply["choices"][0]["message"]["tool_calls"])


async def _images(target: Target) -> bool:
    parts = [{"type": "text", "text": "One word: the colour?"}, {"type": "image_url", "image_url": {"url": _red()}}]
    reply = await _chat(target, {"messages": [{"role": "user", "content": parts}]})
    return "red" in str(reply["choices"][0]["message"]["content"]).lower()


async def _echo(target: Target) -> dict[str, Any]:
    body = {
        "model": target.model,
        "prompt": "One two three",
        "max_tokens": 1,
        "temperature": 0,
        "echo": True,
        "logprobs": 2,
    }
    return (await target.transport.post("/completions", body))["choices"][0]["logprobs"]


async def _score(target: Target) -> bool:
    told = (await _echo(target))["token_logprobs"]
    return len(told) > 1 and all(isinstance(value, float) for value in told[1:])


async def _distributions(target: Target) -> bool:
    return all((await _echo(target))["top_logprobs"][1:])


async def _embeddings(target: Target) -> bool:
    return bool(
        (await target.transport.post("/embeddings", {"model": target.model, "input": ["a"]}))["data"][0]["embedding"]
    )


LOOKS = {
    "models": _models,
    "n": _n,
    "seed": _seed,
    "logprobs": _logprobs,
    "schema": _schema,
    "tools": _tools,
    "images": _images,
    "score": _score,
    "distributions": _distributions,
    "embeddings": _embeddings,
}
"""What is tried, each with the call that tries it."""


def _red() -> str:
    """A red square as a PNG in a data URL."""
    side = 32
    rows = b"".join(b"\0" + b"\xff\0\0" * side for _ in range(side))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
