"""Conversations as programs hand them over, and learners as people name them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, cast

from lamarck.core import Message, UsageError

Turns = str | Sequence[Mapping[str, Any] | Message]
"""A question, or the turns of a conversation: ``{"role": "user", "content": ...}`` each, or messages."""
ROLES = ("system", "user", "assistant", "tool")


def turns(given: Turns, *, ends: Literal["user"] | None = "user") -> tuple[Message, ...]:
    """The conversation, checked turn by turn.

    In: ``ends`` says that somebody must be left to be answered: the last turn is a user's, or what a tool gave.
    Raises: UsageError with the number of the turn, from 1.
    """
    found = (Message(role="user", text=given),) if isinstance(given, str) else tuple(_each(given))
    if not found:
        raise UsageError("messages: there is no turn; give a question, or a list of turns")
    if ends and (found[-1].role not in ("user", "tool") or not found[-1].text.strip()):
        raise UsageError(
            f"messages: the last turn ({found[-1].role}) asks nothing; end with a user's turn that has words"
        )
    return found


def named(learner: str, providers: Collection[str]) -> str:
    """``RUN`` as ``RUN:champion``; any other name of a learner as it is."""
    is_model = "," in learner or learner.partition("/")[0] in providers
    return learner if is_model or ":" in learner else f"{learner}:champion"


def _each(given: object) -> list[Message]:
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise UsageError(f"messages: {type(given).__name__} is no conversation; give a question, or a list of turns")
    return [_turn(number, turn) for number, turn in enumerate(cast("Sequence[Any]", given), 1)]


def _turn(number: int, turn: Any) -> Message:
    match turn:
        case Message():
            return turn
        case {"role": "system" | "user" | "assistant" | "tool" as role, "content": str(content)}:
            return Message(role=role, text=content)
        case {"role": role} if role not in ROLES:
            raise UsageError(f"messages: turn {number} has the role {role!r}; give one of {', '.join(ROLES)}")
        case _:
            raise UsageError(f'messages: turn {number} is no turn; give {{"role": ..., "content": text}}')
