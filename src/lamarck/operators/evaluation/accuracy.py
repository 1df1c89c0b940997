"""How often the learner is right, by the environment's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import Context, Learner, Names, Score, Scorecard, Task, pass_at_k
from lamarck.operators.held_out import HeldOut, first_look, further_look, right


@dataclass(frozen=True, kw_only=True)
class Accuracy(HeldOut):
    """Greedy accuracy, pass@1 and pass@k of a learner on a split, by node, and on protected abilities.

    Out: a scorecard with one value an item and metric: "greedy" 0 or 1 at temperature 0, "pass@1"
    the share of right samples, "pass@k" unbiased (Chen et al. 2021). The way of answering is the
    learner's own (``Learner.answer``) where it has one. Sampling seeds depend on the item, not on
    the learner, so that learners are compared on equal draws.
    """

    samples: int = 16
    """Samples an item beside the greedy one; pass@k is given for k = 1 and k = samples."""
    temperature: float = 1.0
    metric: str = "pass@1"
    """What the gate goes by."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the target's score first, then its nodes' where tasks name one, then the protected abilities'."""
        return self._card(learner, first_look(self, learner, ctx))

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The deciding metric on fresh items of these abilities; a fixed set has none beyond its first look."""
        only = replace(self, samples=self.samples if self.metric != "greedy" else 0)
        return self._card(learner, further_look(only, learner, ctx, abilities, skip))

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """Greedy, pass@1 and pass@k on these tasks."""
        metrics = {"greedy": tuple(float(hits[0]) for hits in right(tasks, learner, ctx, 1, 0.0))}
        if self.samples:
            hits = right(tasks, learner, ctx, self.samples, self.temperature)
            metrics["pass@1"] = tuple(fmean(map(float, h)) for h in hits)
            metrics[f"pass@{self.samples}"] = tuple(pass_at_k(len(h), sum(h), self.samples) for h in hits)
        return Score(ability=ability, metrics=metrics, items=tuple(task.id for task in tasks), split=self.split)

    def _card(self, learner: Learner, scores: tuple[Score, ...]) -> Scorecard:
        metric = self.metric if self.samples else "greedy"  # without samples there is nothing else to go by
        return Scorecard(learner=learner.hash, scores=scores, metric=metric)
