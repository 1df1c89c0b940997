"""Replies in OpenAI's form: whole, in pieces, and with something missing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from lamarck.testing.server.faulty import Script


def chat(script: Script, body: Mapping[str, Any]) -> dict[str, Any]:
    """A whole chat reply."""
    knows, n = set(script.knows), int(body.get("n") or 1)
    choices = [_choice(script, body, index) for index in range(n if "n" in knows else 1)]
    reply = {"id": "chat", "object": "chat.completion", "model": body.get("model"), "choices": choices}
    return reply | ({"usage": usage(body, str(choices[0]["message"]["content"]))} if script.usage else {})


def pieces(script: Script, body: Mapping[str, Any]) -> list[bytes]:
    """The same as events: the text in pieces, then how it ended, then the tokens, then the end."""
    text, head = script.answer(body), {"id": "chat", "object": "chat.completion.chunk", "model": body.get("model")}
    size = max(1, -(-len(text) // script.pieces))
    deltas: list[dict[str, Any]] = [{"content": text[at : at + size]} for at in range(0, len(text), size)]
    events = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": script.finish}]})
    if script.usage and "stream_options" in script.knows and body.get("stream_options"):
        events.append({**head, "choices": [], "usage": usage(body, text)})
    return [*(f"data: {json.dumps(event)}\n\n".encode() for event in events), b"data: [DONE]\n\n"]


def broken(script: Script, body: Mapping[str, Any], fault: str) -> dict[str, Any]:
    """A reply that something is wrong with."""
    reply = chat(script, body)
    if fault == "empty_choices":
        reply["choices"] = []
    elif fault == "other_model":
        reply["model"] = "somebody-else"
    elif fault == "error_inside":
        return {"error": {"message": "the engine is overloaded"}}
    else:
        reply["choices"][0]["finish_reason"] = None
    return reply


def completion(body: Mapping[str, Any]) -> dict[str, Any]:
    """A completion of one token, its prompt echoed word by word."""
    prompt = str(body.get("prompt"))
    tokens = [*re.findall(r"\s*\S+|\s+$", prompt), " end"]
    logprobs: list[float | None] = [None, *(-_fraction(token) for token in tokens[1:])]
    offsets = [len("".join(tokens[:at])) for at in range(len(tokens))]
    likely = [{token: -_fraction(token), " other": -5.0} for token in tokens]
    told = {"tokens": tokens, "token_logprobs": logprobs, "text_offset": offsets, "top_logprobs": [None, *likely[1:]]}
    choice = {"index": 0, "text": "".join(tokens), "finish_reason": "length", "logprobs": told}
    return {"model": body.get("model"), "choices": [choice], "usage": usage(body, "end")}


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """A vector for each text, from its letters."""
    texts: Any = body.get("input")
    texts = [texts] if isinstance(texts, str) else texts
    rows = [
        {"index": at, "embedding": list(hashlib.sha256(text.encode()).digest()[:8])} for at, text in enumerate(texts)
    ]
    return {"model": body.get("model"), "data": rows, "usage": {"prompt_tokens": sum(len(t.split()) for t in texts)}}


def usage(body: Mapping[str, Any], text: str) -> dict[str, int]:
    """Tokens, counted as words."""
    said = body.get("messages") or [{"content": str(body.get("prompt"))}]
    read = sum(len(str(message["content"]).split()) for message in said)
    written = len(text.split())
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _choice(script: Script, body: Mapping[str, Any], index: int) -> dict[str, Any]:
    knows = set(script.knows)
    message: dict[str, Any] = {"role": "assistant", "content": script.answer(body)}
    if body.get("tools") and "tools" in knows:
        call = {"name": body["tools"][0]["function"]["name"], "arguments": '{"town": "Rome"}'}
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": call}]
    if body.get("response_format") and "response_format" in knows:
        among = body["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"]
        message["content"] = json.dumps({"answer": among[int(body.get("seed") or 0) % len(among)]})
    choice: dict[str, Any] = {"index": index, "message": message, "finish_reason": script.finish}
    if body.get("logprobs") and "logprobs" in knows:
        words = str(message["content"]).split()
        choice["logprobs"] = {"content": [{"token": word, "logprob": -_fraction(word)} for word in words]}
    return choice


def _fraction(text: str) -> float:
    return 0.01 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:2], "big") / 65536
