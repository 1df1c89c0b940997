"""A given solution beside the learner's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Origin, Sampling, Scope


@dataclass(frozen=True, kw_only=True)
class Opponent:
    """Let the learner answer what has been answered; its own answer is ``rejected`` beside the given solution.

    In: experiences with a solution. Out: the same ones as pairs, whose ``origin`` is the opponent's.
    Source: SPIN (arXiv:2401.01335), algorithm 1. Differs: where both say the same there is no pair, unless
    ``identical``: it has no gradient.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task", "solution"}
    writes: ClassVar[Names] = {"rejected"}

    role: str = "learner"
    """Who plays the opponent."""
    identical: bool = False
    """Keep pairs whose two texts are the same."""
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the pairs; an answer that never came makes none."""
        learner = ctx.role(self.role)
        keys, prompts = [e.id for e in batch], [e.prompt for e in batch]
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        answers = ctx.generate(prompts, keys, role=learner, sampling=sampling)
        pairs = list[Experience]()
        for experience, (own,) in zip(batch, answers, strict=True):
            given = experience.solution.text if experience.solution else ""
            if own.stop not in ("stop", "length"):
                ctx.drop(experience, f"the opponent gave no answer ({own.stop})")
            elif own.text.strip() == given.strip() and not self.identical:
                ctx.drop(experience, "the opponent says the same")
            else:
                pairs.append(replace(experience, rejected=own, origin=self._origin(experience, learner.hash, ctx)))
        return pairs

    def _origin(self, experience: Experience, author: str, ctx: Context) -> Origin:
        return Origin(
            operator=ctx.operator,
            learner=author,
            seed=ctx.seeds(experience.id, 1)[0],
            temperature=self.temperature,
            round=ctx.round,
        )
