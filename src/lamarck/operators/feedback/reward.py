"""A trained reward model's number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Feedback, Names, Scope, rate


@dataclass(frozen=True, kw_only=True)
class Reward:
    """Let a model that rates texts, such as one that ``updating.RewardModel`` has made, score each solution.

    In: experiences with a solution. Out: the same ones with feedback whose score is the model's number, in no unit that
    two models share; without a solution, or for a text it cannot read whole, there is no score and the text says so.
    The prompt is the one that is kept for training, as the reward model's own rows were.
    Source: reward models as in InstructGPT (arXiv:2203.02155), section 3.5; as a filter in ReST (arXiv:2308.08998).
    """

    scope: ClassVar[Scope] = "each"
    needs: ClassVar[Names] = {"rate"}
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    role: str = "reward_model"
    chance: bool = False
    """Score = 1 / (1 + exp(-number)), so that thresholds from 0 to 1 mean something: of a model that was trained on
    labels the chance that the solution is right, of one trained on pairs only an order."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: each with its score."""
        there = [e for e in batch if e.solution]
        texts = [e.solution.text for e in there if e.solution]
        rated = rate(ctx, [e.prompt for e in there], texts, self.role) if there else []
        numbers = dict(zip((e.id for e in there), rated, strict=True))
        return [replace(e, feedback=self._told(numbers.get(e.id))) for e in batch]

    def _told(self, number: float | None) -> Feedback:
        source = f"reward:{self.role}"
        if number is None or not math.isfinite(number):
            return Feedback(text="no solution" if number is None else "too long to be read whole", source=source)
        # tanh stays exact where exp would overflow
        return Feedback(score=0.5 + 0.5 * math.tanh(number / 2) if self.chance else number, source=source)
