"""Solve with what memory holds in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Literal, get_args

from lamarck.core import Batch, Context, Entry, Names, Operator, Scope, Task, unknown
from lamarck.operators.reminding import can_solve, reminded

By = Literal["meaning", "words", "hash", "last", "all"]
Within = Literal["", "task", "stream"]


@dataclass(frozen=True, kw_only=True)
class Remind:
    """Hand lessons, notes, rules or summaries out of memory to the operator that solves.

    In: experiences; a solution is not needed. Out: what ``solve`` gives. The task it is called with has three fields
    more: ``show`` (the texts as numbered lines), "recalled" (their sources) and "fence"; a prompt shows the texts
    between marks with the fence, for they are learned from experience and anybody may have written that. The fields
    stand in ``asked`` and are kept by no training. Raises: UsageError for a ``solve`` that needs more than one task,
    or a run without memory.
    Source: Reflexion (arXiv:2303.11366), section 3; TRAN (2310.15746), section 3.2; TiM (2311.08719), section 3.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    solve: Operator
    """Solves one task, with a prompt that shows ``reminded``."""
    kind: str = ""
    """Of the entries; "" = any."""
    n: int = 3
    """How many at most, where not "all"."""
    by: By = "meaning"
    """Which: the nearest to the task's words, those that share most words with it, the nearest in its bucket, the
    newest (in the order they came), or all there are."""
    show: str = "reminded"
    """The field of the texts; a Remind that another one holds needs one of its own."""
    within: Within = ""
    """Only what was learned on this very task, or in its stream."""

    def __post_init__(self) -> None:
        """What is read and written is what ``solve`` does; the checker asks the instance."""
        if self.by not in get_args(By):
            raise unknown("way to remind", self.by, get_args(By), "give it as solutions.Remind(by=...)")
        if self.within not in get_args(Within):
            raise unknown("part of memory", self.within, get_args(Within), "give it as solutions.Remind(within=...)")
        can_solve("Remind", self.solve)
        object.__setattr__(self, "reads", frozenset({"task", *self.solve.reads}))
        object.__setattr__(self, "writes", frozenset(self.solve.writes))

    @property
    def roles(self) -> frozenset[str]:
        """The roles beside the learner's that ``solve`` needs; who answers so must carry them along."""
        return getattr(self.solve, "roles", frozenset[str]())

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: an experience or several for each."""
        return [
            one
            for experience in batch
            for one in reminded(experience, self._recalled(experience.task, ctx), self.solve, ctx, show=self.show)
        ]

    def _recalled(self, task: Task, ctx: Context) -> Sequence[Entry]:
        memory, words = ctx.memory, task.messages[-1].text
        same = ctx.key(task) if self.within == "task" else ""

        def here(entry: Entry) -> bool:
            return entry.key == same if self.within == "task" else self.within == "" or entry.stream == task.stream

        if self.by in ("meaning", "words", "hash"):
            bucket = memory.bucket(words) if self.by == "hash" else None
            how = "words" if self.by == "words" else "meaning"
            return memory.search(words, self.n, kind=self.kind, where=here, by=how, within=bucket)
        newest = (e for e in reversed(memory.entries) if self.kind in ("", e.kind) and not e.status and here(e))
        return list(islice(newest, None if self.by == "all" else max(self.n, 0)))[::-1]
