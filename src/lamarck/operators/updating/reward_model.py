"""A model that scores texts, from preferences or from verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Learner, Names, Row, UsageError, passed
from lamarck.operators.rows import asked, filled, pair, row
from lamarck.operators.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class RewardModel(Tuning):
    """Train the role's model to give right solutions higher numbers: than the rejected ones, or above zero.

    In: experiences with a solution and ``rejected``; for ``loss="labels"`` with a solution and a verdict. Out: a
    learner whose model scores texts and writes none; the same one where there is no pair, or no verdict. Of verdicts
    that are all alike it learns to say this of every text. For a stage that updates a role of its own
    (``updates="reward_model"``). Values not given here are the model card's.
    Source: InstructGPT (arXiv:2203.02155), section 3.5; for "labels" the quality classifier of SciGLM
    (arXiv:2401.07950), section 3.3: a linear layer on the last hidden state, binary cross-entropy.
    Differs: of the verdicts the rarer weighs more, until both count alike.
    """

    reads: ClassVar[Names] = {"solution", "rejected"}

    loss: Literal["pairs", "labels"] = "pairs"
    """"labels": each text by itself, right or wrong by its verdict; its number is then the log-odds of being right."""
    balance: bool = True
    """Of labels: the rarer verdict weighs more, until both count alike; False = by number."""
    centre: float = 0.0
    """Of pairs: weight of the squared sum of a pair's scores, which keeps them around zero (arXiv:2312.09244)."""

    def __post_init__(self) -> None:
        """What is read depends on the loss; the checker asks the instance."""
        if self.loss == "labels":
            if self.centre:
                raise UsageError("RewardModel: centre is of pairs; leave it out where loss='labels'")
            object.__setattr__(self, "reads", frozenset({"solution", "feedback"}))

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        labels = self.loss == "labels"
        rows = _labelled(batch, ctx, learner) if labels else _pairs(batch, ctx, learner)
        if not rows:
            return learner
        name = "labels" if labels else "reward"
        own = {"positive": _weight(rows) if self.balance else 1.0} if labels else {"centre": self.centre}
        settings = ctx.settings(name, learner, **own, **self.values)
        chosen = filled(rows, asked(settings, len(rows)), ctx)
        return ctx.train(name, learner, chosen, settings) if chosen else learner


def _pairs(batch: Batch, ctx: Context, learner: Learner) -> list[Row]:
    return [pair(e, ctx, learner) for e in batch if e.solution and e.rejected]


def _labelled(batch: Batch, ctx: Context, learner: Learner) -> list[Row]:
    """Of solutions with a verdict."""
    told = [e for e in batch if e.solution and e.feedback and e.feedback.passed is not None]
    return [replace(row(e, ctx, learner), good=passed(e), weight=1.0) for e in told]


def _weight(rows: list[Row]) -> float:
    """Of the right ones, where the wrong ones weigh 1."""
    good = sum(one.good for one in rows)
    return (len(rows) - good) / good if 0 < good < len(rows) else 1.0
