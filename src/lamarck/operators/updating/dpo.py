"""Learning from preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Learner, Names
from lamarck.operators.rows import asked, filled, pair
from lamarck.operators.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class DPO(Tuning):
    """Make each solution likelier than the rejected one, relative to a frozen reference model.

    In: experiences with a solution and ``rejected``. Out: a new learner; the same one where there is no pair.
    Optimiser, rate, batch and length of training come from the learner's ``training.json`` unless given here. The
    rows are repeated or cut to fill ``epochs`` (or ``steps``).
    Source: DPO (arXiv:2305.18290), equation 7; for ``nll`` arXiv:2404.19733.
    """

    reads: ClassVar[Names] = {"solution", "rejected"}

    beta: float | tuple[float, ...] = 0.1
    """Strength of the tie to the reference: larger stays nearer. Several: one a round, the last of which stays."""
    scope: Literal["text", "step"] | None = None
    """What is compared: "text" all that the learner writes (the papers), "step" the first token alone at which the two
    differ (tiny models unlearn what a rejected text does well). None = the model card's word, else "text"."""
    nll: float | None = None
    """Weight of the solution's own likelihood, added to the loss; None = the model card's, else 0."""
    reference: str = "start"
    """The frozen model: "start" = what training starts from, or a role's ("base", "origin", "reference", ...)."""
    adapter: str = ""
    """Train an adapter of this name beside the frozen model; "" = the model itself."""

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        rows = [pair(e, ctx, learner) for e in batch if e.solution and e.rejected]
        if not rows:
            return learner
        beta = list(self.beta) if isinstance(self.beta, tuple) else self.beta
        settings = ctx.settings(
            "dpo", learner, adapter=self.adapter, beta=beta, scope=self.scope, nll=self.nll, **self.values
        )
        reference = None if self.reference == "start" else ctx.role(self.reference).model
        pairs = filled(rows, asked(settings, len(rows)), ctx)
        if not pairs:
            return learner
        return ctx.train("dpo", learner, pairs, settings, adapter=self.adapter, reference=reference)
