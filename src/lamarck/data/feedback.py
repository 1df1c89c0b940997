"""What people said of answers: thumbs, edits and pairs, each as an experience with its source.

{"prompt": "2+3", "response": "5", "rating": "up"}             # or true, 1; messages in place of prompt
{"prompt": "2+3", "chosen": "5", "rejected": "6"}
{"prompt": "2+3", "response": "6", "edited": "5"}              # the edit is better than what it was made of

Beside these: "note" (why, in words), "stream" (whose dialogue it was), "source" (who says so).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from lamarck.core import Experience, Feedback, Message, Origin, Solution, Task, UsageError
from lamarck.data import rows
from lamarck.data.rows import Bad, Row
from lamarck.data.secrets import redacted
from lamarck.data.strict import write

Kind = Literal["thumb", "pair", "edit"]
AUTHOR = "feedback"
"""Of the answers: somebody's model, or a person, nobody knows."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("prompt", "question", "instruction", "input"),
    "response": ("response", "completion", "answer", "output"),
    "rating": ("rating", "thumb", "thumbs", "label", "liked", "feedback", "score"),
    "edited": ("edited", "edit", "correction", "corrected"),
    "source": ("source", "who", "user", "annotator"),
    "note": ("note",),
    "stream": ("stream",),
}
"""A part of a row -> the columns it may stand in, in this order."""
UP = {"true", "up", "thumbs_up", "thumbs up", "+1", "1", "1.0", "yes", "good", "like", "\U0001f44d"}
DOWN = {"false", "down", "thumbs_down", "thumbs down", "-1", "0", "-1.0", "0.0", "no", "bad", "dislike", "\U0001f44e"}
SHOWN = 3
"""Bad rows that a message quotes."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One row, read and without secrets."""

    kind: Kind
    turns: tuple[Message, ...]
    """What was asked."""
    good: str = ""
    """The answer that is liked, chosen or edited; "" where the only one is disliked."""
    bad: str = ""
    """The answer that is disliked, rejected, or was edited."""
    source: str = "person"
    note: str = ""
    """Why, in words."""
    stream: str = ""
    """Whose dialogue it was, "" = nobody's."""

    def row(self) -> dict[str, Any]:
        """The row in the form that :func:`read` takes again."""
        asked: dict[str, Any] = {"messages": [{"role": turn.role, "content": turn.text} for turn in self.turns]}
        match self.kind:
            case "pair":
                said: dict[str, Any] = {"chosen": self.good, "rejected": self.bad}
            case "edit":
                said = {"response": self.bad, "edited": self.good}
            case "thumb":
                said = {"response": self.good or self.bad, "rating": "up" if self.good else "down"}
        more = {"note": self.note, "stream": self.stream}
        return {**asked, **said, "source": self.source, **{name: text for name, text in more.items() if text}}

    def experience(self, number: int) -> Experience:
        """The experience: a pair where there are two answers, else an answer with its verdict.

        The words of its feedback are the note, or what sort of row it was.
        """
        asked = self.turns[-1].text
        parts = [*([self.stream] if self.stream else []), *(turn.text for turn in self.turns)]
        name = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
        liked = bool(self.good)
        return Experience(
            task=Task(
                id=f"feedback/{name}",
                kind="instruction",
                messages=self.turns,
                fields={"line": asked},
                stream=self.stream,
                source=AUTHOR,
            ),
            solution=_solution(self.good or self.bad),
            rejected=_solution(self.bad) if self.good and self.bad else None,
            feedback=Feedback(passed=liked, score=float(liked), text=self.note or self.kind, source=self.source),
            sample=number,
            origin=Origin(operator=AUTHOR),
        )


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a file holds."""

    said: tuple[Said, ...]
    bad: tuple[Bad, ...]
    secrets: int
    """That were taken out."""
    mark: str
    """The file with the digest of its content, to find it again."""

    @property
    def experiences(self) -> tuple[Experience, ...]:
        """All that was said, numbered."""
        return tuple(one.experience(number) for number, one in enumerate(self.said))


def read(name: str, *, skip_bad: bool = False) -> Heard:
    """The feedback of a file (JSON lines, JSON, CSV, Parquet), or of a mark of one.

    Raises: UsageError naming the rows that cannot be used and why, unless ``skip_bad`` and some can.
    """
    table = rows.read(name)
    said, bad, secrets = list[Said](), list(table.bad), 0
    for number, row in table.rows:
        try:
            one, found = said_in(row)
            said.append(one)
            secrets += found
        except UsageError as error:
            bad.append(Bad(number=number, reason=str(error)))
    bad.sort(key=lambda each: each.number)
    if bad and not (skip_bad and said):
        raise UsageError(_faults(table.source, bad, len(table.rows) + len(table.bad)))
    return Heard(said=tuple(said), bad=tuple(bad), secrets=secrets, mark=table.mark)


def said_in(row: Row) -> tuple[Said, int]:
    """What a row says, and how many secrets were taken out of it. Raises: UsageError where it says nothing."""
    clean, found = _clean(row)
    return _said(cast("Row", clean)), found


def dump(said: Sequence[Said]) -> str:
    """A line a row, in the form that :func:`read` takes again."""
    return "".join(f"{write(one.row())}\n" for one in said)


def _said(row: Row) -> Said:
    turns, last = _asked(row)
    kind, good, bad = _verdict(row, last)
    note, stream = (_words(row, name) for name in ("note", "stream"))
    source = str(_part(row, "source") or "person")
    return Said(kind=kind, turns=turns, good=good, bad=bad, source=source, note=note, stream=stream)


def _verdict(row: Row, last: str) -> tuple[Kind, str, str]:
    """The sort of row, the better answer and the worse one; of a single answer the other is "".

    In: the answer where the conversation holds it.
    """
    if row.get("chosen") is not None or row.get("rejected") is not None:
        good, bad = (_answer(row.get(name), name) for name in ("chosen", "rejected"))
        _apart(good, bad, "chosen and rejected")
        return "pair", good, bad
    response = last or _answer(_part(row, "response"), "response")
    if (edit := _part(row, "edited")) is not None:
        good = _answer(edit, "edited")
        _apart(good, response, "response and edited")
        return "edit", good, response
    return ("thumb", response, "") if _liked(_part(row, "rating")) else ("thumb", "", response)


def _words(row: Row, name: str) -> str:
    given = _part(row, name)
    if given is not None and not isinstance(given, str):
        raise UsageError(f"{name}: must be text")
    return given or ""


def _asked(row: Row) -> tuple[tuple[Message, ...], str]:
    """The turns of a prompt, and the answer where the conversation holds it."""
    if row.get("messages") is None and not isinstance(_part(row, "prompt"), list):
        text = _part(row, "prompt")
        if not isinstance(text, str) or not text.strip():
            raise UsageError("has no prompt; give prompt as text, or messages")
        return (Message(role="user", text=text),), ""
    given: Any = row.get("messages") if row.get("messages") is not None else _part(row, "prompt")
    turns = _turns(given)
    last = ""
    if turns[-1].role == "assistant" and not any(row.get(name) for name in NAMES["response"]):
        turns, last = turns[:-1], turns[-1].text
    if not turns or turns[-1].role != "user":
        raise UsageError("messages: ask with a user's turn before the answer")
    return tuple(turns), last


def _turns(given: Any) -> list[Message]:
    if not isinstance(given, list) or not given:
        raise UsageError("messages: must be a list of turns")
    made = list[Message]()
    for turn in cast("list[Any]", given):
        match turn:
            case {"role": "system" | "user" | "assistant" as role, "content": str(content)}:
                made.append(Message(role=role, text=content))
            case _:
                raise UsageError("messages: a turn needs a role (system, user, assistant) and its content as text")
    return made


def _answer(given: Any, name: str) -> str:
    """An answer as text; of a conversation, as some data sets have it, its last turn."""
    text = _turns(given)[-1].text if isinstance(given, list) else given
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"has no {name}; give it as text")
    return text


def _liked(given: Any) -> bool:
    if given is None:
        raise UsageError("has neither rating nor edited, nor chosen and rejected")
    said = str(given).strip().casefold()
    if said in UP or said in DOWN:
        return said in UP
    raise UsageError(f"rating: {str(given)[:40]!r} says neither up nor down; give up or down, true or false, 1 or 0")


def _apart(good: str, bad: str, names: str) -> None:
    if good.strip() == bad.strip():
        raise UsageError(f"{names} are the same, so it says nothing")


def _part(row: Row, part: str) -> Any:
    return next((row[name] for name in NAMES[part] if row.get(name) is not None), None)


def _clean(value: Any) -> tuple[Any, int]:
    """The value with secrets taken out of every text in it, and how many."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        pairs = [(key, _clean(each)) for key, each in cast("Mapping[str, Any]", value).items()]
        return {key: clean for key, (clean, _) in pairs}, sum(n for _, (_, n) in pairs)
    if isinstance(value, list):
        parts = [_clean(each) for each in cast("list[Any]", value)]
        return [clean for clean, _ in parts], sum(n for _, n in parts)
    return value, 0


def _faults(source: str, bad: Sequence[Bad], total: int) -> str:
    def lines() -> Iterator[str]:
        yield from (f"row {each.number}: {each.reason}" for each in bad[:SHOWN])

    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    return (
        f"{source}: {len(bad):,} of {total:,} rows cannot be used; type: --skip-bad to leave them out\n"
        + "\n".join(lines())
        + more
    )


def _solution(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text, author=AUTHOR),), author=AUTHOR)
