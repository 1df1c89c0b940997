"""Drop repeated solutions of a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """Of a task's solutions with the same text keep the first.

    In: all experiences of one task. Out: those with different texts (white space at the ends aside).
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the first of each text, in order."""
        seen: set[str] = set()
        kept: Batch = []
        for experience in batch:
            text = experience.solution.text.strip() if experience.solution else ""
            if text in seen:
                ctx.drop(experience, "same text as an earlier sample")
            else:
                seen.add(text)
                kept.append(experience)
        return kept
