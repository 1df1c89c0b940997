"""What people said of answers, as experiences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Scope, UsageError


@dataclass(frozen=True, kw_only=True)
class PeopleSaid:
    """Thumbs, edits and pairs of people (``--feedback FILE``), in the file's order.

    In: nothing. Out: as ``which`` says. "good": answers that were liked, chosen or edited, to imitate. "pairs":
    preference pairs, of pairs and of edits. "rated": every answer with its verdict, an edit or a pair as two. "all": as
    the file has them. Raises: UsageError for a run without feedback, or without any of this sort.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = frozenset[str]()
    writes: ClassVar[Names] = {"task", "solution", "feedback", "rejected"}

    which: Literal["good", "pairs", "rated", "all"] = "good"

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences, capped by ``--tasks-limit``, each with its source."""
        if not ctx.feedback:
            raise UsageError(f"{ctx.operator} needs what people said; type: --feedback FILE")
        found = [each for e in ctx.feedback for each in self._of(e)][: ctx.limits.tasks]
        if not found:
            raise UsageError(f"the feedback holds nothing of the sort '{self.which}'; type: --set tasks.which=good")
        met, out = Counter[str](), list(batch)
        for e in found:
            out.append(replace(e, sample=met[e.task.id], origin=replace(e.origin, round=ctx.round)))
            met[e.task.id] += 1
        return out

    def _of(self, e: Experience) -> Batch:
        liked = bool(e.feedback and e.feedback.passed)
        match self.which:
            case "good":
                return [replace(e, rejected=None)] if liked else []
            case "pairs":
                return [e] if e.rejected else []
            case "rated":
                alone = replace(e, rejected=None)
                if e.rejected is None or e.feedback is None:
                    return [alone]
                worse = replace(e.feedback, passed=False, score=0.0)
                return [alone, replace(alone, solution=e.rejected, feedback=worse)]
            case "all":
                return [e]
