"""The plainest executor: one thing after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lamarck.core import Batch, Context, Drop, Harvest, Operator, Passage, Scope, by_task


@dataclass(frozen=True)
class Inline:
    """Calls each operator on its units in order, in this thread; what faster executors are compared with."""

    def run(self, operators: Sequence[tuple[str, Operator]], batch: Batch, ctx: Context, /) -> Harvest:
        """Out: the batch in input order, every drop and the funnel."""
        drops, funnel = list[Drop](), list[Passage]()
        for name, operator in operators:
            came, batch = batch, []
            for unit in units(came, operator.scope):
                at = ctx.within(name)
                batch += operator(unit, at)
                drops += at.notes
            funnel.append(Passage(operator=name, into=len(came), out=len(batch), seconds=0.0))
        return Harvest(batch=batch, drops=tuple(drops), funnel=tuple(funnel))


def units(batch: Batch, scope: Scope) -> list[Batch]:
    """What an operator of this scope is called with: one experience, a task's, a stream's, or all at once.

    A task outside any stream is a stream of its own.
    """
    if scope == "all":
        return [batch]
    if scope == "each":
        return [[experience] for experience in batch]
    if scope == "task":
        return by_task(batch)
    streams: dict[tuple[str, str], Batch] = {}
    for e in batch:
        streams.setdefault((e.task.stream, "" if e.task.stream else e.task.id), []).append(e)
    return list(streams.values())
