"""A vLLM server as the client of the calls sees it: the version a call names answers, and tokens come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from lamarck.models.endpoint.asking import Ask
from lamarck.models.endpoint.faults import Fault
from lamarck.models.endpoint.reading import Record
from lamarck.models.endpoint.target import Target

MARK = "token_id:"
"""What stands before a token's number where a server is asked for numbers."""


class VllmTarget(Target):
    """One server with all the versions it has: each is a model of its own name to it."""

    def body(self, ask: Ask) -> dict[str, Any]:
        """What is sent: to the version that is asked, not to the server's base."""
        return {**super().body(ask), "model": ask.model}

    async def send(self, ask: Ask) -> Record:
        """One sending; of a completion the tokens are kept, and nothing that follows from them. Raises: Fault."""
        record = await super().send(ask)
        return replace(record, text="", data=compact(record.data)) if ask.read == "completion" else record

    def _named(self, fault: Fault, body: Mapping[str, Any]) -> str:
        """vLLM takes every field that is sent; a refusal is about its value, and leaving it out is no answer."""
        return ""


def compact(data: Any) -> dict[str, Any]:
    """The tokens of a completion with their log-probabilities, in a form that takes little room.

    Out: "tokens" (T), "logprobs" (T, None for a prompt's first), and "top" (T) where more than the token itself is
    told, each {token: log-probability}. Raises: Fault where the reply tells no numbers of tokens.
    """
    try:
        told = cast("Mapping[str, Any]", data)
        tokens = [_number(token) for token in told["tokens"]]
        logprobs = [None if value is None else float(value) for value in told["token_logprobs"]]
        tops = [_numbered(top) for top in told.get("top_logprobs") or ()]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise Fault(
            "malformed", f"the reply does not tell its tokens by number ({type(error).__name__}); is it vLLM?"
        ) from None
    if len(logprobs) != len(tokens) or (tops and len(tops) != len(tokens)):
        raise Fault("malformed", "the reply tells another number of log-probabilities than of tokens")
    found: dict[str, Any] = {"tokens": tokens, "logprobs": logprobs}
    return found | ({"top": tops} if any(len(top) > 1 for top in tops) else {})


def said(data: Any) -> tuple[Sequence[int], Sequence[float | None]]:
    """Tokens and log-probabilities of what :func:`compact` kept."""
    kept = cast("Mapping[str, Any]", data)
    return cast("Sequence[int]", kept["tokens"]), cast("Sequence[float | None]", kept["logprobs"])


def tops(data: Any) -> Sequence[Mapping[int, float]]:
    """The likeliest tokens at each place of what :func:`compact` kept; empty where they were not asked for."""
    kept = cast("Mapping[str, Any]", data)
    # JSON has no numbers as names
    return [{int(token): float(value) for token, value in top.items()} for top in kept.get("top") or ()]


def _number(token: Any) -> int:
    text = str(token)
    if not text.startswith(MARK):
        raise ValueError(text)
    return int(text.removeprefix(MARK))


def _numbered(top: Any) -> dict[str, float]:
    return {str(_number(token)): float(value) for token, value in cast("Mapping[str, Any]", top or {}).items()}
