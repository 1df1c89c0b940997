"""Training rows of experiences, and as many of them as training asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lamarck.core import Context, Experience, Learner, Message, Row
from lamarck.operators.judging import guarded


def row(experience: Experience, ctx: Context, learner: Learner, authors: Sequence[str] = ()) -> Row:
    """The training row of an experience: its prompt as this learner reads it, then the solution.

    The loss counts the assistant's turns; where authors are named, theirs alone.
    """
    prompt = read(experience, ctx, learner)
    answer = experience.solution.messages if experience.solution else ()
    learn = (*(False for _ in prompt), *(_counts(message, authors) for message in answer))
    return Row(messages=(*prompt, *answer), learn=learn, weight=experience.weight)


def backward(experience: Experience, ctx: Context, learner: Learner, name: str) -> Row:
    """The row that teaches to write the task of a solution: the prompt of this name with the solution, then the task.

    The solution stands in the same fence in which texts stand when tasks are asked for.
    """
    text = experience.solution.text if experience.solution else ""
    asked = guarded(name, {}, ctx, experience.id, text=text, title="")
    shown = read(replace(experience, keep=asked), ctx, learner)
    words = Message(role="assistant", text=experience.task.messages[-1].text)
    return Row(messages=(*shown, words), learn=(*(False for _ in shown), True), weight=experience.weight)


def read(experience: Experience, ctx: Context, learner: Learner) -> tuple[Message, ...]:
    """What the learner is shown when it is asked this: its own system prompt, then the task's."""
    system = (Message(role="system", text=learner.prompt),) if learner.prompt else ()
    return (*system, *ctx.render(experience.prompt, learner))


def pair(experience: Experience, ctx: Context, learner: Learner) -> Row:
    """The row of a preference pair: the solution, and what replaces it."""
    worse = experience.rejected.messages if experience.rejected else ()
    return replace(row(experience, ctx, learner), rejected=worse)


def _counts(message: Message, authors: Sequence[str]) -> bool:
    return message.author in authors if authors else message.role == "assistant"


def asked(settings: Mapping[str, Any], rows: int) -> int:
    """How many rows training asks for: `steps` of a batch each, else so many `epochs`."""
    if settings.get("steps"):
        return int(settings["steps"]) * int(settings["batch"])
    return round(float(settings.get("epochs", 1)) * rows)


def filled(rows: Sequence[Row], n: int, ctx: Context, *, ordered: bool = False) -> list[Row]:
    """n rows: whole passes over all of them, then a random part of one more, in the rows' order where that counts."""
    if not rows:
        return []
    passes, rest = divmod(n, len(rows))
    part = ctx.rng("fill").sample(range(len(rows)), rest)
    return [*(list(rows) * passes), *(rows[at] for at in (sorted(part) if ordered else part))]
