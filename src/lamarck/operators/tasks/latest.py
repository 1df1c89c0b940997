"""Tasks as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope, Task
from lamarck.operators.descent import root, step


@dataclass(frozen=True, kw_only=True)
class Latest:
    """Each task in the latest form that was kept: what earlier rounds of this stage have made of it.

    In: experiences of tasks that come again every round, as those of a fixed set. Out: as many, in their order. A task
    of which nothing was kept, whatever was tried, comes as it is: it is tried again.
    Source: Evol-Instruct (WizardLM, arXiv:2304.12244), section 3.1: instructions whose evolution failed go back.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences, some with another task."""
        latest: dict[str, Task] = {}
        for e in ctx.earlier("refinement"):  # oldest first
            if step(e.task) >= step(latest.get(root(e.task), e.task)):
                latest[root(e.task)] = e.task
        return [replace(e, task=ctx.seal(latest.get(e.task.id, e.task))) for e in batch]
