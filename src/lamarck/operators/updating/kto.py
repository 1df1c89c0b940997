"""Learning from single verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Learner, Names, passed
from lamarck.operators.rows import asked, filled, row
from lamarck.operators.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class KTO(Tuning):
    """Make solutions that pass likelier and those that fail less likely, relative to a frozen reference model.

    In: experiences with a solution and feedback; none has to be paired. Out: a new learner; the same one where
    there is none. Values not given here are the model card's. Source: Ethayarajh et al. 2024 (arXiv:2402.01306).
    """

    reads: ClassVar[Names] = {"solution", "feedback"}

    beta: float = 0.1
    """Strength of the tie to the reference: larger stays nearer."""
    balance: bool = True
    """Weigh the rarer verdict up until both count alike, the lower end of the paper's range; False = by number."""
    reference: str = "start"
    """The frozen model: "start" = what training starts from, or a role's ("base", "origin", ...)."""
    adapter: str = ""
    """Train an adapter of this name beside the frozen model; "" = the model itself."""

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        rows = [replace(row(e, ctx, learner), good=passed(e), weight=1.0) for e in batch if e.solution and e.feedback]
        if not rows:
            return learner
        settings = ctx.settings("kto", learner, adapter=self.adapter, beta=self.beta, **self.values)
        good = sum(one.good for one in rows)
        if self.balance and 0 < good < len(rows):
            settings["desirable"] = max(1.0, (len(rows) - good) / good)
            settings["undesirable"] = max(1.0, good / (len(rows) - good))
        reference = None if self.reference == "start" else ctx.role(self.reference).model
        chosen = filled(rows, asked(settings, len(rows)), ctx)
        if not chosen:
            return learner
        return ctx.train("kto", learner, chosen, settings, adapter=self.adapter, reference=reference)
