"""What a model of a Hugging Face folder reads: messages by its chat template, or as plain text where it has none.

Sampling and training call the same functions, so a model is asked in the very tokens it was taught with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lamarck.core import Message, UsageError

BETWEEN = "\n"
"""Between two messages of plain text; nothing stands before what the model writes."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a training text."""

    ids: tuple[int, ...]
    learned: bool


def showable(tokenizer: Any, messages: Sequence[Message]) -> Sequence[Message]:
    """The messages before an answer as the chat template can show them.

    Some templates know no system turn; what it says then stands at the head of the first user's. Raises: UsageError.
    """
    if not tokenizer.chat_template or not messages or messages[0].role != "system":
        return messages
    user = next((at for at, message in enumerate(messages) if message.role == "user"), None)
    if user is None:
        return messages
    try:
        beginning(tokenizer, messages)
    except UsageError:
        merged = replace(messages[user], text=f"{messages[0].text}\n\n{messages[user].text}")
        return (*messages[1:user], merged, *messages[user + 1 :])
    return messages


def beginning(tokenizer: Any, messages: Sequence[Message]) -> str:
    """The text that the model goes on from. Raises: UsageError where the chat template refuses the messages."""
    if tokenizer.chat_template:
        return _chat(tokenizer, messages, asks=True)
    return BETWEEN.join(message.text for message in messages)


def beginning_ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """The tokens that the model goes on from, with what the tokenizer puts first."""
    text = beginning(tokenizer, messages)
    if tokenizer.chat_template:
        return encode(tokenizer, text)
    ids = list(tokenizer(text)["input_ids"])
    ended = len(ids) > 1 and ids[-1] == tokenizer.eos_token_id and not text.endswith(tokenizer.eos_token)
    return ids[:-1] if ended else ids


def encode(tokenizer: Any, text: str) -> list[int]:
    """Tokens of a text alone, nothing put before or after."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def parts(tokenizer: Any, messages: Sequence[Message], learn: Sequence[bool]) -> list[Part]:
    """A training text, stretch by stretch, each tokenised by itself as it is in sampling.

    A learned turn ends with the end mark. Raises: UsageError where the chat template changes earlier turns when
    later ones come, so that no text of all of them is what the model would read.
    """
    start = next((at for at, learned in enumerate(learn) if learned), len(learn))
    before = showable(tokenizer, messages[:start])
    messages, learn = (*before, *messages[start:]), (*(False for _ in before), *learn[start:])
    found = list[Part]()
    told = ""
    for at, (message, learned) in enumerate(zip(messages, learn, strict=True)):
        if not learned:
            continue
        before = beginning(tokenizer, messages[:at])
        new = _added(told, before)
        ids = encode(tokenizer, new) if told else beginning_ids(tokenizer, messages[:at])
        told = _through(tokenizer, before, message, messages[: at + 1])
        taught = encode(tokenizer, _added(before, told))
        found += [Part(ids=tuple(ids), learned=False), Part(ids=_ended(tokenizer, taught), learned=True)]
    return found


def _through(tokenizer: Any, before: str, message: Message, messages: Sequence[Message]) -> str:
    """The text up to the end of a learned turn."""
    if tokenizer.chat_template:
        return _chat(tokenizer, messages, asks=False)
    return before + message.text


def _added(told: str, text: str) -> str:
    if not text.startswith(told):
        raise UsageError(
            "the model's chat template changes earlier turns when later ones come; "
            "train on texts with one learned turn, or give the tokenizer another template"
        )
    return text[len(told) :]


def _ended(tokenizer: Any, ids: Sequence[int]) -> tuple[int, ...]:
    """The tokens with the end mark, unless the template has put it there."""
    end = tokenizer.eos_token_id
    return tuple(ids) if end is None or end in ids else (*ids, end)


def _chat(tokenizer: Any, messages: Sequence[Message], *, asks: bool) -> str:
    try:
        return str(
            tokenizer.apply_chat_template([_turn(one) for one in messages], tokenize=False, add_generation_prompt=asks)
        )
    except Exception as error:  # a template is a program of the model's, which raises what it likes
        raise UsageError(f"the model's chat template cannot show these messages: {error}") from error


def _turn(message: Message) -> Mapping[str, Any]:
    """A message as chat templates read it."""
    turn: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        turn["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.call:
        turn["tool_call_id"] = message.call
    return turn
