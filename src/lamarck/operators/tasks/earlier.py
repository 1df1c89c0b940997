"""What an earlier stage left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """The experiences that a phase gave in all rounds so far of an earlier stage, failures included.

    In: nothing. Out: they, oldest first, a task's numbered anew from 0, since two rounds may give the same number
    to two samples; whose they are and from which round stays in ``origin``.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = frozenset[str]()
    writes: ClassVar[Names] = {"task", "solution", "feedback"}

    stage: str = ""
    """Its name, all its laps; "" = earlier rounds of this one."""
    last: bool = False
    """Of several laps the last alone."""
    phase: str = "feedback"
    """"tasks", "feedback" (solved and judged, nothing left out yet) or "refinement"."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the earlier experiences after those that came in."""
        met, out = Counter[str](), list(batch)
        for experience in ctx.earlier(self.phase, self.stage, last=self.last):
            out.append(replace(experience, sample=met[experience.task.id]))
            met[experience.task.id] += 1
        return out
