"""Tasks as the environment has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Documented,
    Environment,
    Experience,
    Names,
    Scope,
    Split,
    Task,
    UsageError,
    offers,
)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The environment's tasks of a split under the round's objective, or its documents.

    In: nothing. Out: one experience a task, in the environment's order. A fixed set gives the same
    tasks each round, a generator new ones where ``same`` does not hold it. With ``of``, tasks are drawn once for the
    run and cut into so many parts that share none and differ by one task at most; each round takes its own, those of a
    stage that is repeated one after the other, and begins anew after the last.
    Raises: UsageError for a part there is not, fewer tasks than parts, or documents where the run has none.
    Source: for the parts SOFT (arXiv:2402.07610), section 3.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = set[str]()
    writes: ClassVar[Names] = {"task"}

    split: Split = "practice"
    n: int | None = None
    """How many; None = all of a fixed set."""
    same: bool = False
    """A generator's tasks of an objective are the same in every round of a stage; False = new ones."""
    part: int | None = None
    """Which of the parts, from 1; None = the round's own."""
    of: int = 1
    """How many parts."""
    source: Literal["tasks", "documents"] = "tasks"
    """"documents": the passages of ``--documents`` that may be learned from, whatever the split."""

    def __post_init__(self) -> None:
        part = 1 if self.part is None else self.part
        if not 1 <= part <= self.of:
            raise UsageError(f"Dataset: there is no part {part} of {self.of}; parts count from 1")

    def suits(self, world: Environment) -> None:
        """Raises: UsageError for a world without documents where these are wanted; a run asks before it begins."""
        if self.source == "documents":
            _documented(world)

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks, capped by ``--tasks-limit``."""
        cap = ctx.limits.tasks
        n = min((each for each in (self.n, cap) if each is not None), default=None)
        at = replace(ctx, round=0) if self.same else ctx
        found = self._found(n, at) if self.of == 1 else self._part(ctx)[:cap]
        return [*batch, *(Experience(task=task) for task in found)]

    def _part(self, ctx: Context) -> Sequence[Task]:
        whole = replace(ctx, number=0, round=0, operator=type(self).__name__)  # one pool, whatever the round
        pool = self._found(self.n and self.n * self.of, whole)
        if len(pool) < self.of:
            raise UsageError(f"{ctx.environment.name} has {len(pool):,} tasks for {self.of:,} parts; give fewer parts")
        at = self.part - 1 if self.part else (_before(ctx) + max(ctx.round, 1) - 1) % self.of
        return pool[len(pool) * at // self.of : len(pool) * (at + 1) // self.of]

    def _found(self, n: int | None, ctx: Context) -> Sequence[Task]:
        if self.source == "tasks":
            return ctx.tasks(self.split, n)
        return _documented(ctx.environment).documents(n, ctx.rng("documents").getrandbits(63), ctx.objective)


def _documented(world: Environment) -> Documented:
    if not offers(world, Documented):
        raise UsageError(f"{world.name} has no documents to learn from; type: --documents FOLDER")
    return world


def _before(ctx: Context) -> int:
    """Rounds that earlier laps of this stage had, where stages are repeated."""
    if not ctx.plan or not (name := ctx.plan[ctx.number].name):
        return 0
    return sum(leg.rounds for leg in ctx.plan[: ctx.number] if leg.name == name)
