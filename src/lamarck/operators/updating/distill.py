"""Learning from another model's distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Learner, Names, UsageError
from lamarck.operators.rows import asked, filled, row
from lamarck.operators.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class Distill(Tuning):
    """Learn the solutions' tokens and, at each of them, what another role's model holds likely.

    In: experiences with a solution. Out: a new learner; the same one where there is nothing to learn. The other model
    must have the learner's tokens. Values not given here are the model card's.
    Source: FuseLLM (arXiv:2401.10491), equation 5. Differs: one source, so nothing is aligned or fused.
    Raises: UsageError for more or fewer than one role.
    """

    reads: ClassVar[Names] = {"solution"}

    roles: tuple[str, ...] = ("teacher",)
    """Whose distributions are learned; one for now."""
    weight: float | None = None
    """Share of the labels in the loss, 0 to 1; None = the model card's."""
    adapter: str = ""
    """Train an adapter of this name beside the frozen model; "" = the model itself."""

    def __post_init__(self) -> None:
        if len(self.roles) != 1:
            raise UsageError(f"Distill learns from one role, got {len(self.roles)}; give roles=('teacher',)")

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        rows = [row(e, ctx, learner) for e in batch if e.solution]
        if not rows:
            return learner
        settings = ctx.settings("distill", learner, adapter=self.adapter, weight=self.weight, **self.values)
        chosen = filled(rows, asked(settings, len(rows)), ctx)
        if not chosen:
            return learner
        teacher = ctx.role(self.roles[0]).model
        return ctx.train("distill", learner, chosen, settings, adapter=self.adapter, reference=teacher)
