"""What an endpoint answered, as a record that can be kept: how it ended is said, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from lamarck.core import Message, Solution, ToolCall, Usage
from lamarck.data.strict import Malformed, parse, write
from lamarck.models.endpoint.asking import Ask
from lamarck.models.endpoint.faults import Fault, message_of

Stop = Literal["stop", "length", "filtered", "refused", "empty", "unparsable", "error"]
LENGTH = frozenset(("length", "max_tokens", "model_length", "max_length"))
FILTERED = frozenset(("content_filter", "safety", "recitation", "blocklist", "prohibited_content"))
"""Words with which servers say why an answer ended."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One answer, as the journal keeps it."""

    text: str = ""
    stop: Stop = "stop"
    calls: tuple[tuple[str, str, str], ...] = ()
    """Name, arguments and id of each tool call."""
    logprobs: tuple[float, ...] = ()
    prompt: int = 0
    completion: int = 0
    model: str = ""
    """Who answered, as the server says."""
    data: Any = None
    """Of what is no text: vectors, likelihoods."""
    why: str = ""
    """Why no answer came, of stop "error"."""
    counted: bool = field(default=True, compare=False)
    """Whether the server told the tokens; a guess otherwise."""

    def dump(self) -> str:
        """As JSON, without what is empty."""
        kept = {name: value for name, value in vars(self).items() if value not in ("", (), None, True)}
        return write(
            {name: list(map(list, value)) if name == "calls" else _listed(value) for name, value in kept.items()}
        )

    @staticmethod
    def load(raw: str) -> Record:
        """What :meth:`dump` wrote. Raises: Malformed, TypeError."""
        data = parse(raw)
        calls = tuple((str(n), str(a), str(i)) for n, a, i in data.pop("calls", ()))
        return Record(calls=calls, logprobs=tuple(data.pop("logprobs", ())), **data)

    def solution(self, author: str, seconds: float = 0.0) -> Solution:
        """The answer as the solution of whoever wrote it."""
        calls = tuple(ToolCall(name=name, arguments=given, id=id) for name, given, id in self.calls)
        return Solution(
            messages=(Message(role="assistant", text=self.text, author=author, calls=calls),),
            author=author,
            logprobs=self.logprobs,
            usage=Usage(prompt=self.prompt, completion=self.completion, seconds=seconds),
            stop=self.stop,
        )


def read(ask: Ask, data: Any, model: str = "") -> Record:
    """The record of a complete reply. In: the model that must have answered, "" = any.

    Raises: Fault for one that is no answer to this call.
    """
    if not isinstance(data, dict):
        raise Fault("malformed", f"the reply is JSON, but no object: {str(cast('object', data))[:80]}")
    reply = cast("dict[str, Any]", data)
    if reply.get("error"):
        raise Fault("server", f"success with an error in it: {message_of(reply)}")
    served = str(reply.get("model") or "")
    if served and model and not same(served, model):
        cure = "accept any with --endpoint any_model=true"
        raise Fault("model", f"'{served[:120]}' answered for '{model}'; {cure}")
    tokens = _tokens(reply.get("usage"))
    if ask.read == "embedding":
        return Record(prompt=tokens[0], model=served, data=_vectors(reply, len(ask.body["input"])))
    choice = _first(reply)
    prompt, completion, counted = tokens
    if ask.read == "completion":
        found: Any = choice.get("logprobs")
        return Record(
            text=_text(choice.get("text")),
            prompt=prompt,
            completion=completion,
            model=served,
            data=found,
            counted=counted,
        )
    record = _said(choice, ask.among)
    if not counted:
        prompt, completion = guessed(ask.size), guessed(len(record.text)) if record.text else 0
    return replace(record, prompt=prompt, completion=completion, model=served, counted=counted)


def same(served: str, asked: str) -> bool:
    """Whether a server's name for its model is the one asked for, or that with a path, a revision or a date."""
    one, other = (name.lower().partition("@")[0].rstrip("/") for name in (served, asked))
    ends = one.endswith(f"/{other}") or other.endswith(f"/{one}")
    return one == other or ends or one.startswith((f"{other}-", f"{other}:")) or other.startswith(f"{one}:")


def guessed(characters: int) -> int:
    """Tokens of so many characters, where nobody counted: about four make one."""
    return max(1, math.ceil(characters / 4))


def _said(choice: Mapping[str, Any], among: Sequence[str]) -> Record:
    """The text of a chat's choice and how it ended."""
    message: Any = choice.get("message")
    finish = choice.get("finish_reason")
    if not isinstance(message, dict):
        raise Fault("malformed", "the reply's choice holds no message")
    if not isinstance(finish, str) or not finish:
        raise Fault("malformed", "the reply does not say how the answer ended (finish_reason)")
    said = cast("dict[str, Any]", message)
    text, calls = _text(said.get("content")), _calls(said.get("tool_calls"))
    stop: Stop = "stop"
    if finish.lower() in LENGTH:
        stop = "length"
    elif finish.lower() in FILTERED:
        stop = "filtered"
    elif said.get("refusal"):
        text, stop = text or _text(said["refusal"]), "refused"
    elif any(not _is_json(given) for _, given, _ in calls):
        stop = "unparsable"
    elif not text and not calls:
        stop = "empty"
    elif among:
        text, stop = _chosen(text, among)
    return Record(text=text, stop=stop, calls=calls, logprobs=_logprobs(choice.get("logprobs")))


def _chosen(text: str, among: Sequence[str]) -> tuple[str, Stop]:
    """The answer that a constrained reply names, or the text as it is where it names none."""
    try:
        found: Any = parse(text)
        answer = found["answer"]
    except (Malformed, TypeError, KeyError):
        answer = text.strip()
    return (answer, "stop") if answer in among else (text, "unparsable")


def _first(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    choices: Any = reply.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Fault("malformed", "the reply holds no choices")
    return cast("dict[str, Any]", choices[0])


def _text(content: Any) -> str:
    """A message's text, also where it comes in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        parts = cast("list[Any]", content)
        return "".join(str(cast("dict[str, Any]", p).get("text") or "") for p in parts if isinstance(p, dict))
    raise Fault("malformed", f"the reply's content is of type {type(content).__name__}")


def _calls(found: Any) -> tuple[tuple[str, str, str], ...]:
    if not found:
        return ()
    try:
        return tuple(
            (str(c["function"]["name"]), str(c["function"].get("arguments") or "{}"), str(c.get("id") or ""))
            for c in found
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise Fault("malformed", f"the reply's tool calls cannot be read ({type(error).__name__})") from None


def _logprobs(found: Any) -> tuple[float, ...]:
    content: Any = cast("dict[str, Any]", found).get("content") if isinstance(found, dict) else None
    try:
        return tuple(float(token["logprob"]) for token in content or ())
    except (TypeError, KeyError, ValueError):
        return ()


def _tokens(usage: Any) -> tuple[int, int, bool]:
    """Tokens read and written, and whether the reply tells them. Raises: Fault for impossible ones."""
    if not isinstance(usage, dict):
        return 0, 0, False
    told = [cast("dict[str, Any]", usage).get(name) or 0 for name in ("prompt_tokens", "completion_tokens")]
    if not all(isinstance(number, int) and 0 <= number < 10**9 for number in told):
        raise Fault("malformed", f"the reply counts impossible tokens: {told}")
    return int(told[0]), int(told[1]), True


def _vectors(reply: Mapping[str, Any], wanted: int) -> list[list[float]]:
    try:
        rows: Any = sorted(reply["data"], key=lambda row: row.get("index", 0))
        found = [[float(x) for x in row["embedding"]] for row in rows]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise Fault("malformed", f"the embeddings cannot be read ({type(error).__name__})") from None
    if (
        len(found) != wanted
        or len({len(row) for row in found}) != 1
        or not all(math.isfinite(x) for row in found for x in row)
    ):
        raise Fault("malformed", f"{len(found)} embeddings came for {wanted} texts, or of several lengths")
    return found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _listed(value: Any) -> Any:
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
