"""Break the tie between tasks and solutions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Shuffle:
    """Deal the solutions out to other tasks at random. A control, never a method.

    Training on the result has the same texts, lengths and number of updates as the real one, but
    a solution no longer solves its task: what still improves is not learned from the pairing.
    In: the round's experiences. Out: as many, solutions permuted among them.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks in order with somebody's solutions."""
        dealt = [e.solution for e in batch]
        ctx.rng("shuffle").shuffle(dealt)
        return [replace(e, solution=solution) for e, solution in zip(batch, dealt, strict=True)]
