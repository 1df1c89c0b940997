"""Some tasks of a pool, by what the learner makes of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Sampling, Scope, passed
from lamarck.likeness import farthest
from lamarck.operators.placing import vectors

By = Literal["farthest", "rare", "chance", "confidence", "margin", "entropy", "weight", "unsolved"]
AT_ONCE = 512
"""Tasks that are compared with all earlier ones together; bounds the memory it takes."""
CANDIDATES = 20
"""Tokens looked at in each place, for the learner's doubts."""


@dataclass(frozen=True, kw_only=True)
class Pick:
    """Pick n tasks of the pool that no earlier round of this stage has picked.

    In: the pool, one experience a task, with a solution where it is labelled. Out: at most n of them, in the order
    they were picked. The first round draws by chance where the learner is asked: it has learned nothing yet.
    "rare" is for tasks that are to be evolved: it remembers what all rounds have covered, so that evolution does not
    go round in circles, and may pick the same task again.
    Source: DiverseEvol (arXiv:2311.08182), section 3: k-centre greedy over the mean of the last layer's vectors of
    task and answer, in the model of the last round; its baselines random, least confidence, margin and entropy.
    "rare": the count of its cell in ACES (arXiv:2310.10692), section 3; here the cell of a task is what is like it.
    Differs: vectors have unit length; a learner without embeddings gets n-grams, which no training changes; doubts
    are over probabilities of the answer's tokens where the code takes logits of all tokens, and of the learner's own
    greedy answer where the task has none.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = set[str]()

    n: int | None = 100
    """How many a round; None = all that are left, in order."""
    by: By = "farthest"
    """"farthest" from all picked so far; "confidence", "margin" (of the likeliest token over the second), "entropy":
    where the learner doubts most; "rare": by chance, the likelier the fewer tasks of earlier rounds are like it;
    "weight": by chance in proportion to the weights; "unsolved": in order, those that no solution has passed yet."""
    near: float = 0.8
    """Cosine from which a task is like another, for "rare"."""
    role: str = "learner"
    """Whose vectors and doubts: today's learner, or one that stays."""
    attribute: str = ""
    """For "weight": a parameter or field of tasks, "node"; its values are drawn alike often, however many tasks have
    each (WizardLM-2, release page, 2024). "" = the experiences' own weights."""
    shares: Mapping[str, float] = field(default_factory=dict[str, float])
    """How often a value is drawn, relative to those that are not named here, which have 1."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the picked ones."""
        unique = list({e.task.id: e for e in batch}.values())
        if self.by == "unsolved":
            solved = {e.task.id for e in ctx.earlier("feedback") if passed(e)}
            return [e for e in unique if e.task.id not in solved][: self.n]
        before = ctx.earlier("tasks")
        if self.by == "rare":
            return _drawn(unique, self._rarity(unique, before, ctx), self.n, ctx)
        known = {e.task.id for e in before}
        pool = [e for e in unique if e.task.id not in known]
        n = len(pool) if self.n is None else min(self.n, len(pool))
        if self.by == "weight":
            return _drawn(pool, self._weights(pool), n, ctx)
        if self.by == "chance" or not before:
            return ctx.rng("chance").sample(pool, n)
        if self.by == "farthest":
            places = vectors([self._text(e, ctx) for e in (*pool, *before)], ctx, self.role)
            return [pool[at] for at in farthest(places, n, range(len(pool), len(places)))]
        doubts = self._doubts(pool, ctx)
        order = sorted(range(len(pool)), key=lambda at: -doubts[at])
        return [pool[at] for at in order[:n]]

    def _text(self, experience: Experience, ctx: Context) -> str:
        """Task and answer as training shows them."""
        shown = [m.text for m in ctx.render(experience.prompt, ctx.role(self.role))]
        return "\n".join([*shown, *([experience.solution.text] if experience.solution else [])])

    def _rarity(self, pool: Batch, before: Batch, ctx: Context) -> list[float]:
        """1 by 1 and the number of earlier tasks that are like it."""
        if not before:
            return [1.0] * len(pool)
        places = vectors([self._text(e, ctx) for e in (*pool, *before)], ctx, self.role)
        mine, others = places[: len(pool)], places[len(pool) :]
        parts = (mine[at : at + AT_ONCE] @ others.T >= self.near for at in range(0, len(mine), AT_ONCE))
        return [1.0 / (1.0 + float(count)) for part in parts for count in part.sum(axis=1)]

    def _doubts(self, pool: Batch, ctx: Context) -> list[float]:
        """How little sure the learner is of each answer, mean over its tokens."""
        texts = [e.solution.text if e.solution else "" for e in pool]
        bare = [at for at, text in enumerate(texts) if not text]
        asked, keys = [pool[at].prompt for at in bare], [pool[at].task.id for at in bare]
        answers = ctx.generate(asked, keys, role=self.role, sampling=Sampling(temperature=0.0)) if bare else []
        for at, (answer,) in zip(bare, answers, strict=True):
            texts[at] = answer.text
        found = ctx.distributions([e.prompt for e in pool], texts, CANDIDATES, role=self.role)
        return [fmean(DOUBTS[self.by](list(place.values())) for place in places) for places in found]

    def _weights(self, pool: Batch) -> list[float]:
        if not self.attribute:
            return [e.weight for e in pool]
        values = [str(e.task.parameters.get(self.attribute, e.task.fields.get(self.attribute, ""))) for e in pool]
        counts = Counter(values)
        return [self.shares.get(value, 1.0) / counts[value] for value in values]


def _drawn(pool: Batch, weights: Sequence[float], n: int | None, ctx: Context) -> Batch:
    """n different ones, each next one with a chance in proportion to its weight; a weight of 0 is never drawn.

    Source: Efraimidis and Spirakis 2006 (Information Processing Letters 97), algorithm A.
    """
    rng = ctx.rng("weight")
    keys = [(math.log(1.0 - rng.random()) / one if one > 0 else -math.inf, -at) for at, one in enumerate(weights)]
    order = sorted(range(len(pool)), key=lambda at: keys[at], reverse=True)
    return [pool[at] for at in order[:n] if keys[at][0] > -math.inf]


def _confidence(logprobs: Sequence[float]) -> float:
    return -math.exp(max(logprobs))


def _margin(logprobs: Sequence[float]) -> float:
    first, second = sorted((*logprobs, -math.inf), reverse=True)[:2]
    return math.exp(second) - math.exp(first)


def _entropy(logprobs: Sequence[float]) -> float:
    """In nats, all tokens that are not listed taken as one."""
    chances = [math.exp(one) for one in logprobs]
    chances.append(max(0.0, 1.0 - sum(chances)))
    return -sum(p * math.log(p) for p in chances if p > 0)


DOUBTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "confidence": _confidence,
    "margin": _margin,
    "entropy": _entropy,
}
"""Log-probabilities of the likeliest tokens in one place -> how little sure they are."""
