"""How what memory holds in words is put before who solves a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lamarck.core import Batch, Context, Entry, Experience, Operator, UsageError
from lamarck.operators.judging import guarded

NOTHING = "(nothing yet)"
"""What stands in a prompt where nothing is remembered."""
SOLVING = ("each", "task")
"""Scopes of operators that can solve one task."""


def reminded(
    experience: Experience, entries: Sequence[Entry], solve: Operator, ctx: Context, *, show: str = "reminded"
) -> Batch:
    """What a held operator makes of an experience whose prompt has three fields more; the task stays what it was.

    The fields: ``show``, the entries' texts as numbered lines; "recalled", their sources, beside those of who reminded
    before; and "fence", a number that nobody could know when the texts were written. They stand in ``asked``
    afterwards, and training keeps none of them.
    """
    task = experience.task
    key = experience.id if experience.sample else task.id
    sources = [*filter(None, [task.fields.get("recalled")]), *(entry.source for entry in entries)]
    told = {show: numbered(entries), "recalled": " ".join(sources)}
    shown = replace(task, fields=guarded("", task.fields, ctx, key, **told).fields)
    solved = solve([replace(experience, task=shown)], ctx.under(type(solve).__name__))
    return [replace(one, task=task, asked=one.asked or one.task.prompt) for one in solved]


def numbered(entries: Sequence[Entry]) -> str:
    """The entries' texts, numbered from 1; further lines of a text stand under its first."""
    return "\n".join(f"{i}. {quoted(entry)}" for i, entry in enumerate(entries, start=1)) or NOTHING


def quoted(entry: Entry) -> str:
    """An entry's text as it stands in the lines."""
    return entry.text.strip().replace("\n", "\n   ")


def was_shown(entry: Entry, experience: Experience) -> bool:
    """Whether this very entry stood before who made the solution: its source is named there, and its words stand."""
    fields: Mapping[str, str] = experience.asked.fields if experience.asked else {}
    if not entry.source or f" {entry.source} " not in f" {fields.get('recalled', '')} ":
        return False
    return any(_plain(entry.text) in _plain(text) for text in fields.values())


def _plain(text: str) -> str:
    return " ".join(text.split())


def can_solve(owner: str, solve: Operator) -> None:
    """Raises: UsageError where the operator needs more than one task at a time."""
    if solve.scope not in SOLVING:
        whole = "the round" if solve.scope == "all" else f"a {solve.scope}"
        raise UsageError(
            f"{owner} holds {type(solve).__name__}, which needs all of {whole}; "
            "give it an operator that solves one task, as solutions.Sample"
        )
