"""A second attempt, in another way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Operator, Predicate, Scope, UsageError, failed


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Solve those for which ``where`` holds once more, in another way, and check again.

    In: experiences with feedback. Out: the same ones in order; of a retried task the first new solution
    for which ``where`` no longer holds, else the first. What training shows stays the task's own prompt:
    a hint in the prompt that was asked cannot leak.
    Raises: UsageError where a held operator is not of scope "each".
    Source: rationalization in STaR (arXiv:2203.14465), section 3.2.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"solution", "feedback"}

    where: Predicate = failed
    solve: Operator
    """Solves, such as ``Sample(prompt="star/rationalize", reveal=True)``."""
    check: Operator
    """Gives the new solution its feedback."""
    leak: bool = False
    """Train on the prompt that was asked, hint and all. A control, never a method."""

    def __post_init__(self) -> None:
        for held in (self.solve, self.check):
            if held.scope != "each":
                raise UsageError(
                    f"Retry holds {type(held).__name__}, which needs all of a {held.scope}; "
                    "give it an operator of scope 'each', as solutions.Sample or feedback.Verifier"
                )

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: as many experiences, unless a held operator drops one."""
        out: Batch = []
        for experience in batch:
            out += self._again(experience, ctx) if self.where(experience) else [experience]
        return out

    def _again(self, experience: Experience, ctx: Context) -> Batch:
        tried = self.solve([experience], ctx.under(type(self.solve).__name__))
        checked = [one for each in tried for one in self.check([each], ctx.under(type(self.check).__name__))]
        mended = [one for one in checked if not self.where(one)] or checked
        kept = [replace(one, sample=experience.sample) for one in mended[:1]]
        return [replace(one, keep=one.asked) for one in kept] if self.leak else kept
