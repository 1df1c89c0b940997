"""A second attempt, in another way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Operator, Predicate, Scope, UsageError, failed

UNITS = ("each", "task")
"""Scopes of checks that can compare the old with the new."""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Solve those for which ``where`` holds once more, in another way, and check again.

    In: experiences with feedback. Out: the same ones in order; of a retried task the first new solution
    for which ``where`` no longer holds, else the first; or with ``keep`` the best of the old and the new ones, where
    one without a score comes last. What training shows stays the task's own prompt: a hint in the prompt that was
    asked cannot leak.
    Raises: UsageError where a held operator needs more than it is given here.
    Source: rationalization in STaR (arXiv:2203.14465), section 3.2; for ``keep`` Selective Reflection-Tuning
    (arXiv:2402.10110), section 3.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"solution", "feedback"}

    where: Predicate = failed
    solve: Operator
    """Solves, such as ``Sample(prompt="star/rationalize", reveal=True)``."""
    check: Operator
    """Gives the new solution its feedback. With ``keep`` it scores the old one too, higher is better; one of scope
    "task" sees all of them at once."""
    keep: Literal["new", "better", "no worse"] = "new"
    """"new": whatever comes of it; "better": only what the check scores above the old one; "no worse": of equals the
    new one. Where nothing new comes the old one stays, which with "new" is lost."""
    leak: bool = False
    """Train on the prompt that was asked, hint and all. A control, never a method."""

    def __post_init__(self) -> None:
        for held, scopes in ((self.solve, ("each",)), (self.check, ("each",) if self.keep == "new" else UNITS)):
            if held.scope not in scopes:
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
        if self.keep == "new":
            checked = self._checked(tried, ctx)
            kept = ([one for one in checked if not self.where(one)] or checked)[:1]
        else:
            first = [experience, *tried] if self.keep == "better" else [*tried, experience]
            numbered = [replace(one, sample=number) for number, one in enumerate(first)]
            kept = sorted(self._checked(numbered, ctx), key=_rank)[:1]  # of equals the first
        kept = [replace(one, sample=experience.sample) for one in kept]
        return [replace(one, keep=one.asked) for one in kept] if self.leak else kept

    def _checked(self, tried: Batch, ctx: Context) -> Batch:
        at = ctx.under(type(self.check).__name__)
        units = [[one] for one in tried] if self.check.scope == "each" else [tried]
        return [one for unit in units for one in self.check(unit, at)]


def _rank(checked: Experience) -> tuple[bool, float]:
    """Whether it has no score, and minus the score: the best comes first."""
    feedback = checked.feedback
    return feedback is None or (feedback.score is None and feedback.passed is None), -checked.score
