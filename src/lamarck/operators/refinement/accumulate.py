"""Keep what earlier rounds kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Accumulate:
    """Add the refined experiences of this stage's earlier rounds.

    In: the round's experiences. Out: the earlier rounds' before them, oldest first; an experience
    that an earlier round had already kept (same task and text) is not added twice.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    rounds: int | None = None
    """How many rounds back; None = all."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: earlier and new experiences."""
        first = 0 if self.rounds is None else ctx.round - self.rounds
        pool = {
            (e.task.id, e.solution.text if e.solution else ""): e
            for e in ctx.earlier("refinement")
            if e.origin.round >= first
        }
        for e in batch:
            pool.setdefault((e.task.id, e.solution.text if e.solution else ""), e)
        return list(pool.values())
