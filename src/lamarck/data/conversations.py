"""Rows of instructions in the forms people have them: who said what, in order.

{"messages": [{"role": "user", "content": "2+3"}, {"role": "assistant", "content": "5"}]}       OpenAI, TRL
{"conversations": [{"from": "human", "value": "2+3"}, {"from": "gpt", "value": "5"}]}          ShareGPT
{"instruction": "Add.", "input": "2+3", "output": "5"}                                         Alpaca
{"prompt": "2+3", "completion": "5"}, {"prompt": ..., "chosen": ..., "rejected": ...}            TRL, text or turns
{"prompt": "2+3"}                                                                              a bare prompt
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from lamarck.core import Message

Role = Literal["system", "user", "assistant"]
Turns = tuple[Message, ...]
ROLES: Mapping[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant", "bot": "assistant",
    "bing": "assistant", "bard": "assistant", "chatbot": "assistant",
}  # fmt: skip
"""Who speaks, in the words that data sets have for it -> the role."""
ASKING = ("prompt", "instruction", "query", "question")
"""Columns of a bare prompt, in the order they are looked for."""


def messages(row: Mapping[str, Any]) -> Turns:
    """A row of OpenAI's form. Raises: ValueError that says which turn is wrong and how."""
    return turns(row["messages"], "messages")


def sharegpt(row: Mapping[str, Any]) -> Turns:
    """A row of ShareGPT's form; a column "system" is its first turn. Raises: ValueError."""
    system = row.get("system")
    first = (Message(role="system", text=system),) if isinstance(system, str) and system.strip() else ()
    return (*first, *turns(row["conversations"], "conversations"))


def alpaca(row: Mapping[str, Any]) -> Turns:
    """A row of Alpaca's form: instruction and input are two paragraphs of one question. Raises: ValueError."""
    asked = "\n\n".join(part for name in ("instruction", "input") if (part := _text(row.get(name), name).strip()))
    return _closed((Message(role="user", text=asked),), row.get("output"), "output")


def completion(row: Mapping[str, Any]) -> Turns:
    """A row of TRL's prompt-completion form, texts or turns. Raises: ValueError."""
    return _closed(_asked(row["prompt"], "prompt"), row["completion"], "completion")


def preference(row: Mapping[str, Any]) -> Turns:
    """A row of TRL's preference form, with what was chosen as the answer. Raises: ValueError."""
    return _closed(_asked(row["prompt"], "prompt"), row["chosen"], "chosen")


def prompt(row: Mapping[str, Any]) -> Turns:
    """A row that holds a prompt and no answer. Raises: ValueError."""
    name = next(name for name in ASKING if name in row)
    return _asked(row[name], name)


FORMS: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Turns]]] = {
    "messages": (("messages",), messages),
    "sharegpt": (("conversations",), sharegpt),
    "preference": (("prompt", "chosen", "rejected"), preference),
    "prompt-completion": (("prompt", "completion"), completion),
    "alpaca": (("instruction", "output"), alpaca),
}
"""Name of a form -> the columns that tell it, and what reads it."""


def turns(given: object, column: str) -> Turns:
    """A list of turns, each a role or speaker and its text; without text, a turn is left out.

    Raises: ValueError naming the turn and what was found.
    """
    if not isinstance(given, list):
        raise ValueError(f"{column}: is a {type(given).__name__}, no list of turns")
    if not given:
        raise ValueError(f"{column}: is empty, no list of turns")
    found = list[Message]()
    for number, turn in enumerate(cast("list[Any]", given), 1):
        if not isinstance(turn, dict):
            raise ValueError(f"{column}: turn {number} is a {type(turn).__name__}, no object")
        said = cast("dict[str, Any]", turn)
        speaker = said.get("role", said.get("from"))
        role = ROLES.get(str(speaker).casefold())
        if role is None:
            known = "system, user and assistant (or human and gpt)"
            raise ValueError(f"{column}: turn {number} is by {str(speaker)[:40]!r}; known are {known}")
        text = _content(said.get("content", said.get("value")), f"{column}: turn {number}")
        if text.strip():
            found.append(Message(role=role, text=text))
    return tuple(found)


def parted(said: Turns) -> tuple[Turns, str, str]:
    """A conversation as what came before, the last user's turn, and the answer to it ("" where there is none).

    Raises: ValueError where no user's turn is asked last.
    """
    answer = said[-1].text if said and said[-1].role == "assistant" else ""
    asked = said[:-1] if answer else said
    if not asked or asked[-1].role != "user":
        raise ValueError(
            f"the turns are {', '.join(m.role for m in said) or 'none'}; the last but an answer must be a user's"
        )
    return asked[:-1], asked[-1].text, answer


def _asked(given: object, name: str) -> Turns:
    if isinstance(given, list):
        return turns(cast("list[Any]", given), name)
    return (Message(role="user", text=_text(given, name)),)


def _closed(asked: Turns, given: object, name: str) -> Turns:
    """The turns with an answer behind them, where there is one; "chosen" may repeat the prompt."""
    if isinstance(given, list):
        said = turns(cast("list[Any]", given), name)
        return said if said[: len(asked)] == asked else (*asked, *said)
    text = _text(given, name)
    return (*asked, Message(role="assistant", text=text)) if text.strip() else asked


def _content(given: object, where: str) -> str:
    """The text of a turn: as it stands, or of the parts that are text."""
    if isinstance(given, list):
        parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", given) if isinstance(part, dict)]
        if len(parts) != len(cast("list[Any]", given)) or any(part.get("type", "text") != "text" for part in parts):
            raise ValueError(f"{where}: holds parts that are no text")
        return "\n".join(_text(part.get("text"), where) for part in parts)
    return _text(given, where)


def _text(given: object, where: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise ValueError(f"{where}: is a {type(given).__name__}, no text")
    return given
