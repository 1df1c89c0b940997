"""An answer that comes in pieces, put together to the reply that would have come whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from lamarck.models.endpoint.faults import Fault, message_of

DONE = b"[DONE]"


class Pieces:
    """Server-sent events of a chat, added as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._text, self._refusal, self._logprobs = list[str](), list[str](), list[Any]()
        self._calls = dict[int, dict[str, Any]]()
        self._whole: dict[str, Any] = {}
        self._finish: str | None = None
        self.tokens = 0
        """Pieces so far, about a token each."""
        self.done = False
        """Whether the stream has said that it is over."""

    def add(self, raw: bytes) -> None:
        """Take bytes in, whatever they end in. Raises: Fault for an event that is no piece of a chat."""
        if b"\n" not in raw:
            self._rest += raw
            return
        lines = (self._rest + raw).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip())

    def whole(self) -> dict[str, Any]:
        """The reply. Raises: Fault where the stream broke off before it said how the answer ended."""
        if self._rest.startswith(b"data:"):
            self.add(b"\n")
        if self._finish is None:
            raise Fault("broken", "the stream ended before the answer did", tokens=self.tokens)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._text)}
        message |= {"refusal": "".join(self._refusal)} if self._refusal else {}
        message |= {"tool_calls": [self._calls[at] for at in sorted(self._calls)]} if self._calls else {}
        choice: dict[str, Any] = {"message": message, "finish_reason": self._finish}
        choice |= {"logprobs": {"content": self._logprobs}} if self._logprobs else {}
        return {**self._whole, "choices": [choice]}

    def _event(self, raw: bytes) -> None:
        if raw == DONE:
            self.done = True
            return
        if not raw:
            return
        try:
            event: Any = json.loads(raw)
        except ValueError:
            raise Fault("malformed", "an event of the stream is no JSON", tokens=self.tokens) from None
        if not isinstance(event, dict):
            raise Fault("malformed", "an event of the stream is no object", tokens=self.tokens)
        piece = cast("dict[str, Any]", event)
        if piece.get("error"):
            raise Fault("server", f"the stream ended in an error: {message_of(piece)}", tokens=self.tokens)
        if piece.get("model"):
            self._whole["model"] = piece["model"]
        if piece.get("usage"):
            self._whole["usage"] = piece["usage"]
        for choice in piece.get("choices") or ():
            self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> None:
        delta: Mapping[str, Any] = choice.get("delta") or {}
        self.tokens += 1
        if content := delta.get("content"):
            self._text.append(str(content))
        if refusal := delta.get("refusal"):
            self._refusal.append(str(refusal))
        for call in delta.get("tool_calls") or ():
            self._call(call)
        if logprobs := choice.get("logprobs"):
            self._logprobs += logprobs.get("content") or ()
        if finish := choice.get("finish_reason"):
            self._finish = str(finish)

    def _call(self, call: Mapping[str, Any]) -> None:
        """A piece of a tool call: its name once, its arguments bit by bit."""
        at = int(call.get("index") or 0)
        known = self._calls.setdefault(at, {"id": "", "function": {"name": "", "arguments": ""}})
        known["id"] = known["id"] or call.get("id") or ""
        told: Mapping[str, Any] = call.get("function") or {}
        known["function"]["name"] = known["function"]["name"] or told.get("name") or ""
        known["function"]["arguments"] += told.get("arguments") or ""
