"""The environment's own verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Feedback, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """Let the environment's rules check each solution: a game's rules, an interpreter, an answer key.

    In: experiences with a solution. Out: the same ones with feedback. A solution that was filtered
    or never came is a failure, and its feedback says so.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: feedback with ``passed``, a score and, where it failed, why."""
        return [replace(e, feedback=ctx.check(e.task, e.solution) if e.solution else NONE) for e in batch]


NONE = Feedback(passed=False, score=0.0, text="no solution", source="verifier")
