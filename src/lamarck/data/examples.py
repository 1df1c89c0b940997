"""A user's labelled examples from a JSONL file, in the shapes people have them in.

{"conversations": [{"from": "human", "value": "2+3"}, {"from": "gpt", "value": "5"}]}
{"messages": [{"role": "user", "content": "2+3"}, {"role": "assistant", "content": "5"}]}
{"prompt": "2+3", "completion": "5"}
{"instruction": "Add.", "input": "2+3", "output": "5"}
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from lamarck.core import Experience, Feedback, Message, Origin, Solution, Task, UsageError
from lamarck.data import conversations
from lamarck.data.strict import Malformed, parse

LARGEST = 200_000_000
"""Bytes a file may have."""
LONGEST_LINE = 1_000_000
"""Bytes a line may have."""
KIND = "instruction"
"""Of their tasks."""
AUTHOR = "seed data"
ROLES = ("system", "user", "assistant")


def marked(path: Path) -> str:
    """The file's absolute path and the digest of its content, ``PATH#sha256:...``. Raises: UsageError."""
    return f"{path.resolve()}#sha256:{hashlib.sha256(_bytes(path)).hexdigest()}"


def read(name: str) -> tuple[Experience, ...]:
    """The examples of a path, or of what :func:`marked` made of it; white lines are passed over.

    Raises: UsageError naming the file, the line and what it lacks, or where the content has changed.
    """
    text, _, digest = name.partition("#sha256:")
    path = Path(text)
    raw = _bytes(path)
    if digest and hashlib.sha256(raw).hexdigest() != digest:
        raise UsageError(f"{path} was changed since the run began; bring it back, or start anew with --out")
    lines = [(number, line) for number, line in enumerate(raw.splitlines(), 1) if line.strip()]
    found = tuple(_example(line, f"{path}, line {number}", number) for number, line in lines)
    if not found:
        raise UsageError(f"{path} holds no example; write one JSON object a line: messages, or prompt and completion")
    return found


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: is over {LARGEST:,} bytes; give a part of it")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a JSONL file of examples") from error


def _example(line: bytes, where: str, number: int) -> Experience:
    try:
        data = parse(line, largest=LONGEST_LINE)
    except Malformed as error:
        raise UsageError(f"{where}: {error}") from error
    if not isinstance(data, dict):
        raise UsageError(f"{where}: must be a JSON object")
    turns = _turns(cast("dict[str, Any]", data), where)
    *before, last = turns
    if last.role != "assistant" or not any(turn.role == "user" for turn in before):
        raise UsageError(f"{where}: needs a user's turn and ends with the assistant's")
    asked = before[-1].text
    name = hashlib.sha256(f"{asked}\x1f{last.text}".encode()).hexdigest()[:16]
    task = Task(id=f"seed/{name}", kind=KIND, messages=tuple(before), fields={"line": asked}, source=AUTHOR)
    return Experience(
        task=task,
        solution=Solution(messages=(last,), author=AUTHOR),
        feedback=Feedback(passed=True, score=1.0, source=AUTHOR),
        sample=number,
        origin=Origin(operator=AUTHOR),
    )


def _turns(data: Mapping[str, Any], where: str) -> Sequence[Message]:
    for keys, shape in SHAPES.items():
        if set(keys) <= data.keys():
            return shape(data, where)
    known = "; ".join(" and ".join(keys) for keys in SHAPES)
    raise UsageError(f"{where}: has {', '.join(sorted(data)) or 'nothing'}; give one of: {known}")


def _chat(data: Mapping[str, Any], where: str) -> Sequence[Message]:
    given = data["messages"]
    if not isinstance(given, list) or len(cast("list[Any]", given)) < 2:
        raise UsageError(f"{where}: messages must be a list of two or more")
    made = list[Message]()
    for turn in cast("list[Any]", given):
        match turn:
            case {"role": str(role), "content": str(content)} if role in ROLES:
                author = AUTHOR if role == "assistant" else ""
                made.append(Message(role=cast("Any", role), text=content, author=author))
            case _:
                raise UsageError(f"{where}: a message needs a role ({', '.join(ROLES)}) and its content as text")
    return made


def _sharegpt(data: Mapping[str, Any], where: str) -> Sequence[Message]:
    try:
        said = conversations.sharegpt(data)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error
    if not said:
        raise UsageError(f"{where}: conversations: no turn has a text")
    return [replace(turn, author=AUTHOR) if turn.role == "assistant" else turn for turn in said]


def _pair(question: str, answer: str) -> Sequence[Message]:
    return (Message(role="user", text=question), Message(role="assistant", text=answer, author=AUTHOR))


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{where}: {key} must be text")
    return value


def _completion(data: Mapping[str, Any], where: str) -> Sequence[Message]:
    return _pair(_text(data, "prompt", where), _text(data, "completion", where))


def _alpaca(data: Mapping[str, Any], where: str) -> Sequence[Message]:
    parts = (_text(data, "instruction", where), _text(data, "input", where))
    return _pair("\n\n".join(part for part in parts if part), _text(data, "output", where))


SHAPES: Mapping[tuple[str, ...], Callable[[Mapping[str, Any], str], Sequence[Message]]] = {
    ("messages",): _chat,
    ("conversations",): _sharegpt,
    ("prompt", "completion"): _completion,
    ("instruction", "output"): _alpaca,
}
"""Keys that tell a shape -> what reads it."""
