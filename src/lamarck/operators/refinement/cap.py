"""At most so many solutions a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Cap:
    """Keep at most ``n`` experiences of a task, drawn at random, so that easy tasks do not dominate.

    In: all experiences of one task. Out: at most n of them, in order.
    Source: ReST-EM (arXiv:2312.06585), section 4, cap of 10.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    n: int = 10

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: a random n of the task's experiences; the draw depends on the task, not on the batch."""
        if len(batch) <= self.n:
            return batch
        chosen = set(ctx.rng(batch[0].task.id).sample(range(len(batch)), self.n))
        for i, experience in enumerate(batch):
            if i not in chosen:
                ctx.drop(experience, f"over the cap of {self.n} a task")
        return [experience for i, experience in enumerate(batch) if i in chosen]
