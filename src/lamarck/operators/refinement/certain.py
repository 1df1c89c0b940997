"""Keep what the learner agrees with itself about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Scope, UsageError, passed


@dataclass(frozen=True, kw_only=True)
class Certain:
    """Keep one majority solution of each task whose votes have less entropy than ``below``.

    In: all experiences of one task, with the feedback of ``feedback.Vote``. Out: the first that
    agrees with the majority, or nothing where they disagree or none has an answer. Raises: UsageError
    where nobody has voted.
    Source: MoT (arXiv:2305.05181), section 3.1.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"feedback"}
    writes: ClassVar[Names] = set[str]()

    below: float | None = 0.3
    """In nats; None = however little the votes agree."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: one experience a task at most; the others are dropped with the reason."""
        majority = [experience for experience in batch if passed(experience)]
        if not majority:
            reason, kept = "no answer has a majority", []
        elif self.below is not None and entropy(majority[0]) >= self.below:
            reason, kept = f"the votes have an entropy of {self.below} nats or more", []
        else:
            reason, kept = "another solution of the task is kept", majority[:1]
        for experience in batch:
            if experience not in kept:
                ctx.drop(experience, reason)
        return kept


def entropy(experience: Experience) -> float:
    """Of the votes on its task, in nats. Raises: UsageError where the feedback does not tell."""
    found = experience.feedback.details.get("entropy") if experience.feedback else None
    if not isinstance(found, int | float):
        raise UsageError(
            f"{experience.id}: its feedback has no entropy of votes, which refinement.Certain goes by; "
            "put feedback=feedback.Vote() last among the feedback operators"
        )
    return found
