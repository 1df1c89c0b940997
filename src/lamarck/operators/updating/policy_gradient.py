"""Learning from what is sampled and scored while training runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Learner, Message, Names, Operator, Row, Solution, UsageError
from lamarck.operators.rows import asked, filled, read
from lamarck.operators.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class PolicyGradient(Tuning):
    """Sample each task again and again and make what scores above its siblings likelier.

    In: experiences, whose tasks alone are used. Out: a new learner; the same one where there is no task. Samples are
    drawn by the trainer from the model as it is at that step, and scored by ``rewards`` as the run's feedback is: the
    sum of the operators' scores or their product, 0 from one that drops a sample or gives none. Values not given here
    are the model card's.
    Source: GRPO (arXiv:2402.03300); RLOO (arXiv:2402.14740); for the product WizardLM-2 (release page, 2024). Differs:
    where a paper takes PPO (arXiv:1707.06347) one of these stands in, with the same reward and divergence: the training
    library has no PPO, and neither of the two has a value head.
    Raises: UsageError where a reward is not called with one experience.
    """

    reads: ClassVar[Names] = {"task"}

    rewards: tuple[Operator, ...]
    """Score a sample: feedback.Verifier(), feedback.Judge(...)."""
    combine: Literal["sum", "product"] = "sum"
    """What becomes of several scores: in a product each of them can take the whole reward away."""
    method: Literal["grpo", "rloo"] = "grpo"
    n: int | None = None
    """Samples of a task; None = the model card's. ``--samples`` caps it."""
    kl: float | None = None
    """Weight of the divergence from what training starts from; None = the model card's."""
    clip: float | None = None
    """How far a chance may move in a step before its gradient is cut off; None = the model card's, else 0.2."""
    adapter: str = ""
    """Train an adapter of this name beside the frozen model; "" = the model itself."""

    def __post_init__(self) -> None:
        for reward in self.rewards:
            if reward.scope != "each":
                raise UsageError(
                    f"PolicyGradient scores samples one by one, but {type(reward).__name__} needs all of a "
                    f"{reward.scope}; give it an operator of scope 'each', as feedback.Verifier"
                )

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the trained learner, its parent the one that came in."""
        tasks = list({e.task.id: replace(e, solution=None, feedback=None) for e in batch}.values())
        if not tasks:
            return learner
        told = {"samples": self.n, "kl": self.kl, "epsilon": self.clip}
        settings = ctx.settings(self.method, learner, adapter=self.adapter, **told, **self.values)
        if ctx.limits.samples and settings.get("samples"):
            settings["samples"] = min(int(settings["samples"]), ctx.limits.samples)
        rows = [_row(e, ctx, learner) for e in tasks]
        chosen = filled(rows, asked(settings, len(rows)), ctx)
        of = {one.messages: e for one, e in zip(rows, tasks, strict=True)}

        def score(samples: Sequence[tuple[int, str]]) -> list[float]:
            return [self._score(of[chosen[at].messages], text, learner, ctx) for at, text in samples]

        if not chosen:
            return learner
        return ctx.train(self.method, learner, chosen, settings, adapter=self.adapter, score=score)

    def _score(self, experience: Experience, text: str, learner: Learner, ctx: Context) -> float:
        answer = Message(role="assistant", text=text, author=learner.hash)
        tried = replace(experience, solution=Solution(messages=(answer,), author=learner.hash))
        judged = (reward([tried], ctx.under(type(reward).__name__)) for reward in self.rewards)
        scores = [sum(one.score for one in some) for some in judged]
        return math.prod(scores) if self.combine == "product" else sum(scores)


def _row(experience: Experience, ctx: Context, learner: Learner) -> Row:
    """The prompt alone; what follows is sampled."""
    prompt = read(experience, ctx, learner)
    return Row(messages=prompt, learn=tuple(False for _ in prompt))
