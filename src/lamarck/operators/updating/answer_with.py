"""Change how the learner answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Learner, Names, Operator, UsageError


@dataclass(frozen=True, kw_only=True)
class AnswerWith:
    """Let the learner answer with an operator: best of n, with its memory, by a plan.

    In: any experiences, which are not looked at. Out: the learner with this way of answering; the
    same one where it answers so already. Evaluation uses it from then on, and so does the gate.
    Models of other roles that the operator names in ``roles`` (a verifier's) become adapters of these
    names, so that the learner answers the same after the run, without the run's champions.
    Raises: UsageError for the roles "base" and "origin", which mean a stage or a run.
    """

    reads: ClassVar[Names] = frozenset[str]()

    answer: Operator
    """Called with one experience without solution; gives it back with one."""

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner that answers with ``answer``."""
        needed = sorted(getattr(self.answer, "roles", frozenset[str]()))
        if relative := {"base", "origin"}.intersection(needed):
            role = min(relative)
            raise UsageError(
                f"the way of answering asks '{role}', which is nobody after the run; make a role of its own"
            )
        # the run's champion goes before the one that the learner carries already: it may be a newer one
        helpers = {name: (ctx.learners.get(name) or ctx.role(name)).model for name in needed}
        adapters = {**learner.adapters, **helpers}
        if learner.answer == self.answer and learner.adapters == adapters:
            return learner
        # what an earlier update of this round made is kept nowhere, so it is nobody's parent
        parent = learner.hash if learner.hash == ctx.learner.hash else learner.parent
        return replace(learner, answer=self.answer, adapters=adapters, parent=parent)
