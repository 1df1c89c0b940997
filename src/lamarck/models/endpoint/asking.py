"""What is asked of an endpoint: a call's body, and the key it is recorded by."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lamarck.core import Message, Request, Sampling, UsageError
from lamarck.data.strict import write

FORMAT = 1
"""Of the record: another one makes other keys."""
SEEDS = 0x7FFFFFFF
"""Servers read seeds of different widths; all know these."""
Read = Literal["chat", "completion", "embedding"]
PATHS: Mapping[Read, str] = {"chat": "/chat/completions", "completion": "/completions", "embedding": "/embeddings"}
"""What is asked for -> where."""
TYPES: Mapping[str, str] = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One call: one sample of one prompt."""

    model: str
    """As the server calls it."""
    read: Read
    body: Mapping[str, Any]
    """Without model, seed and how it is sent."""
    key: str
    """SHA-256 of what decides the answer: no address, no secret."""
    seed: int = 0
    sample: int = 0
    name: str = ""
    """The prompt's name, which says of what kind the call is."""
    among: tuple[str, ...] = field(default=())
    """The answer is one of these."""
    group: str = ""
    """Equal for the samples of one prompt, whose lengths are alike."""

    def sent(self, model: str) -> dict[str, Any]:
        """The body as an endpoint gets it, from whichever model."""
        seed = {"seed": self.seed & SEEDS} if self.read == "chat" else {}
        return {"model": model, **self.body, **seed}

    def canary(self) -> Ask:
        """The same call with next to nothing in it: whether it is the prompt that an endpoint cannot answer."""
        small = {"messages": [{"role": "user", "content": "Hi"}], "prompt": "Hi", "input": ["Hi"]}
        return replace(self, body={**self.body, **{name: small[name] for name in small if name in self.body}})

    @property
    def size(self) -> int:
        """Characters of the prompt, for a guess at its tokens."""
        said = self.body.get("messages") or self.body.get("prompt") or self.body.get("input")
        return len(said) if isinstance(said, str) else sum(len(str(part)) for part in said or ())


def chats(request: Request, messages: Sequence[Message], model: str, revision: str, adapter: str = "") -> list[Ask]:
    """The calls of a request: one a sample, each with its own seed. In: the prompt, rendered."""
    body = {"messages": spoken(messages, request.system), **manner(request.sampling)}
    return drawn(request, "chat", body, identity(model, revision, adapter, "chat", body), model)


def drawn(request: Request, read: Read, body: Mapping[str, Any], told: Mapping[str, Any], model: str) -> list[Ask]:
    """A call a sample, each with its own seed. In: what all share, and what else decides the answers."""
    started = hashlib.sha256(write(told).encode())
    prompt = body["messages"] if read == "chat" else body["prompt"]
    group, made = hashlib.sha256(write(prompt).encode()).hexdigest()[:16], list[Ask]()
    for sample, seed in enumerate(request.seeds):
        own = started.copy()
        own.update(f" seed {seed} sample {sample}".encode())
        made.append(
            Ask(
                model=model,
                read=read,
                body=body,
                key=own.hexdigest(),
                seed=seed,
                sample=sample,
                name=request.prompt.name,
                among=request.sampling.among,
                group=group,
            )
        )
    return made


def plain(read: Read, body: Mapping[str, Any], model: str, revision: str, name: str, adapter: str = "") -> Ask:
    """A call that draws nothing: a likelihood, an embedding."""
    key = hashlib.sha256(write(identity(model, revision, adapter, read, body)).encode()).hexdigest()
    return Ask(model=model, read=read, body=body, key=key, name=name)


def identity(model: str, revision: str, adapter: str, read: Read, body: Mapping[str, Any]) -> dict[str, Any]:
    """What decides an answer beside seed and sample, in one order."""
    said = {"format": FORMAT, "model": model, "revision": revision, "adapter": adapter, "ask": read}
    return {**said, "body": {name: body[name] for name in sorted(body)}}


def manner(sampling: Sampling) -> dict[str, Any]:
    """How to draw, as the fields of a request; what is the model's own default is left out."""
    found: dict[str, Any] = {"temperature": sampling.temperature}
    # greedy is greedy: a server may refuse what says otherwise
    if sampling.temperature > 0:
        found |= {"top_p": sampling.top_p} if sampling.top_p is not None else {}
        found |= {"top_k": sampling.top_k} if sampling.top_k is not None else {}
    found |= {"max_tokens": sampling.max_tokens} if sampling.max_tokens is not None else {}
    found |= {"stop": list(sampling.stop)} if sampling.stop else {}
    found |= {"response_format": choice(sampling.among)} if sampling.among else {}
    return found


def choice(among: Sequence[str]) -> dict[str, Any]:
    """A JSON schema that allows nothing but one of these answers."""
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": list(among)}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def spoken(messages: Sequence[Message], system: str = "") -> list[dict[str, Any]]:
    """Messages as endpoints read them; the learner's own prompt comes first, in one system turn with the task's."""
    said = [_turn(message) for message in messages]
    if not system:
        return said
    if said and said[0]["role"] == "system":
        return [{"role": "system", "content": f"{system}\n\n{said[0]['content']}"}, *said[1:]]
    return [{"role": "system", "content": system}, *said]


def _turn(message: Message) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.images:
        parts = [{"type": "image_url", "image_url": {"url": _data(each.path)}} for each in message.images]
        turn["content"] = [{"type": "text", "text": message.text}, *parts]
    if message.calls:
        turn["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        turn["tool_call_id"] = message.call
    return turn


def _data(path: str) -> str:
    """A picture as a data URL. Raises: UsageError where it cannot be read."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"the picture {path} cannot be read ({error.strerror})") from error
    kind = TYPES.get(Path(path).suffix.lower(), "image/jpeg")
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"
