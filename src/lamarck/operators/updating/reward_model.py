"""A model that scores texts, from preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from lamarck.core import Batch, Context, Learner, Names
from lamarck.operators.rows import asked, filled, pair


@dataclass(frozen=True, kw_only=True)
class RewardModel:
    """Train the role's model to give each solution a higher number than the rejected one.

    In: experiences with a solution and ``rejected``. Out: a learner whose model scores texts and writes none; the
    same one where there is no pair. For a stage that updates a role of its own (``updates="reward_model"``).
    Values not given here are the model card's.
    Source: InstructGPT (arXiv:2203.02155), section 3.5.
    """

    reads: ClassVar[Names] = {"solution", "rejected"}
    needs: ClassVar[Names] = {"train"}

    centre: float = 0.0
    """Weight of the squared sum of a pair's scores, which keeps them around zero (arXiv:2312.09244)."""
    rank: int | None = None
    """Of a low-rank adapter instead of all weights; 0 = all, None = the model card's."""
    steps: int | None = None
    epochs: float | None = None
    lr: float | None = None
    batch: int | None = None

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        rows = [pair(e, ctx, learner) for e in batch if e.solution and e.rejected]
        if not rows:
            return learner
        own: dict[str, Any] = {"steps": self.steps, "epochs": self.epochs, "lr": self.lr, "batch": self.batch}
        settings = ctx.settings("reward", learner, centre=self.centre, rank=self.rank, **own)
        chosen = filled(rows, asked(settings, len(rows)), ctx)
        return ctx.train("reward", learner, chosen, settings) if chosen else learner
