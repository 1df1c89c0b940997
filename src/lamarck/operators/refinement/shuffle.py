"""Break the tie between tasks and solutions, or between solutions and their feedback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar, Literal, TypeVar

from lamarck.core import Batch, Context, Names, Scope, by_task

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Shuffle:
    """Deal solutions out to other tasks at random, or a task's feedback to its solutions. A control, never a method.

    Training on the result has the same texts, lengths and number of updates as the real one, but
    a solution no longer solves its task, or a score no longer says which solution is good: what still
    improves is not learned from that.
    In: the round's experiences. Out: as many, in order, with somebody's solution or feedback.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution"}

    part: Literal["solution", "feedback"] = "solution"
    """"solution": among all tasks; "feedback": among the solutions of each task, so that ties stay ties."""

    def __post_init__(self) -> None:
        """What is dealt out is what is read and written; the checker asks the instance."""
        object.__setattr__(self, "reads", frozenset({self.part}))
        object.__setattr__(self, "writes", frozenset({self.part}))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks in order with somebody's solutions; or the solutions with another one's feedback."""
        if self.part == "solution":
            solutions = _dealt([e.solution for e in batch], ctx.rng("shuffle"))
            return [replace(e, solution=solution) for e, solution in zip(batch, solutions, strict=True)]
        told = {
            e.id: feedback
            for group in by_task(batch)
            for e, feedback in zip(group, _dealt([e.feedback for e in group], ctx.rng(group[0].task.id)), strict=True)
        }
        return [replace(e, feedback=told[e.id]) for e in batch]


def _dealt(parts: list[T], rng: Random) -> list[T]:
    rng.shuffle(parts)
    return parts
