"""Keep what earlier rounds kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Scope


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
        pool = {_content(e): e for e in ctx.earlier("refinement") if e.origin.round >= first}
        for experience in batch:
            if pool.setdefault(_content(experience), experience) is not experience:
                ctx.drop(experience, "kept by an earlier round")
        return list(pool.values())


def _content(experience: Experience) -> tuple[str, str, str]:
    """Task, solution and what was rejected: equal for two that teach the same."""
    solution, rejected = experience.solution, experience.rejected
    return experience.task.id, solution.text if solution else "", rejected.text if rejected else ""
