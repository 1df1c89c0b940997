"""What operators are called with: one experience, all of one task, one stream's, the whole round."""

from __future__ import annotations

from collections.abc import Iterable

from lamarck.core import Batch, Operator, Scope, by_task

ORDER: tuple[Scope, ...] = ("each", "task", "stream")
"""From the finest to the coarsest that is no barrier."""


def coarsest(operators: Iterable[Operator]) -> Scope:
    """The scope whose units all these operators can share."""
    return ORDER[max(ORDER.index(operator.scope) for operator in operators)]


def units(batch: Batch, scope: Scope) -> list[Batch]:
    """The batch in units of a scope, in order of their first experience. A task without a stream is its own."""
    if scope == "each":
        return [[experience] for experience in batch]
    if scope == "task":
        return by_task(batch)
    streams: dict[tuple[str, str], Batch] = {}
    for experience in batch:
        task = experience.task
        streams.setdefault((task.stream, "" if task.stream else task.id), []).append(experience)
    return list(streams.values())
