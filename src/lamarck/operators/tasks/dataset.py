"""Tasks as the environment has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Scope, Split


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The environment's tasks of a split under the round's objective.

    In: nothing. Out: one experience a task, in the environment's order. A fixed set gives the same
    tasks each round, a generator new ones where ``same`` does not hold it.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = set[str]()
    writes: ClassVar[Names] = {"task"}

    split: Split = "practice"
    n: int | None = None
    """How many; None = all of a fixed set."""
    same: bool = False
    """A generator's tasks of an objective are the same in every round of a stage; False = new ones."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks, capped by ``--tasks-limit``."""
        cap = ctx.limits.tasks
        n = min((each for each in (self.n, cap) if each is not None), default=None)
        at = replace(ctx, round=0) if self.same else ctx
        return [*batch, *(Experience(task=task) for task in at.tasks(self.split, n))]
