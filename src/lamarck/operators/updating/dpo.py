"""Learning from preferences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Learner, Names, Row


@dataclass(frozen=True, kw_only=True)
class DPO:
    """Make each solution likelier than the rejected one, relative to a frozen reference model.

    In: experiences with a solution and ``rejected``. Out: a new learner; the same one where there is no pair.
    Optimiser, rate, batch and length of training come from the learner's ``training.json`` unless given here. The
    rows are repeated or cut to fill ``epochs`` (or ``steps``).
    Source: DPO (arXiv:2305.18290), equation 7; for ``nll`` arXiv:2404.19733.
    """

    needs: ClassVar[Names] = {"train"}
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
    steps: int | None = None
    epochs: float | None = None
    lr: float | None = None
    batch: int | None = None

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        rows = [_row(e, ctx, learner) for e in batch if e.solution and e.rejected]
        if not rows:
            return learner
        own = {"steps": self.steps, "epochs": self.epochs, "lr": self.lr, "batch": self.batch}
        beta = list(self.beta) if isinstance(self.beta, tuple) else self.beta
        settings = ctx.settings("dpo", learner, beta=beta, scope=self.scope, nll=self.nll, **own)
        if settings.get("steps"):
            total = int(settings["steps"]) * int(settings["batch"])
        else:
            total = round(float(settings.get("epochs", 1)) * len(rows))
        reference = None if self.reference == "start" else ctx.role(self.reference).model
        filled = _fill(rows, total, ctx)
        return ctx.train("dpo", learner, filled, settings, reference=reference) if filled else learner


def _row(experience: Experience, ctx: Context, learner: Learner) -> Row:
    """The pair as a training row: its prompt as this learner reads it, the solution, and what replaces it."""
    prompt = ctx.render(experience.prompt, learner)
    better = experience.solution.messages if experience.solution else ()
    worse = experience.rejected.messages if experience.rejected else ()
    learn = (*(False for _ in prompt), *(message.role == "assistant" for message in better))
    return Row(messages=(*prompt, *better), learn=learn, rejected=worse, weight=experience.weight)


def _fill(rows: Sequence[Row], n: int, ctx: Context) -> list[Row]:
    """n rows: whole passes over all of them, then a random part of one more."""
    passes, rest = divmod(n, len(rows))
    return [*(list(rows) * passes), *ctx.rng("fill").sample(list(rows), rest)]
