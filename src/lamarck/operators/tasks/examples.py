"""Labelled examples as they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Origin, Scope


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Labelled examples with their solutions: the user's own, or the environment's under the round's objective.

    In: nothing. Out: at most n experiences with a solution, in their order; an environment may have none.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = frozenset[str]()
    writes: ClassVar[Names] = {"task", "solution"}

    n: int = 1000
    same: bool = False
    """The same ones in every round and stage of a run, as of one fixed data set; False = fresh ones."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the examples, capped by ``--tasks-limit``."""
        n = self.n if ctx.limits.tasks is None else min(self.n, ctx.limits.tasks)
        at = replace(ctx, number=0, round=0, operator=type(self).__name__) if self.same else ctx
        origin, met, out = Origin(operator=ctx.operator, round=ctx.round), Counter[str](), list(batch)
        for example in at.examples(n, "examples"):
            out.append(replace(example, sample=met[example.task.id], origin=origin))
            met[example.task.id] += 1
        return out
