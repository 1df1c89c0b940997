"""The exam: the same items and the same measures for every learner of a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from benchmarks.evidence.plan import Exam

from lamarck.core import (
    Context,
    Environment,
    Labelling,
    Learner,
    Objective,
    Sampling,
    Score,
    Scorecard,
    Solution,
    Split,
    Task,
    digest,
    offers,
    pass_at_k,
)
from lamarck.operators.evaluation import Accuracy

CLEAN = "clean solutions"
"""The score that holds log-likelihoods; they are no share of anything."""


def items_of(world: Environment, exam: Exam, name: str, seed: int, objective: Objective) -> Sequence[Task]:
    """The sealed items of one seed of a plan: the same for every arm, and in a generator others for every seed."""
    return world.tasks("sealed", exam.items, digest("evidence", name, seed), objective)


def fingerprint(items: Sequence[str]) -> str:
    """A digest of which items, in which order."""
    return hashlib.sha256("\n".join(items).encode()).hexdigest()[:16]


def posed(world: Environment, exam: Exam, sealed: Sequence[Task]) -> Environment:
    """The environment with the planned items for its sealed split, and no more selection items than planned."""
    made = copy(world)

    def tasks(split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        if split == "sealed":
            return sealed
        return world.tasks(split, exam.selection if split == "selection" and n is None else n, seed, objective)

    # on the instance, so that what else the environment can do is still found there, by type checks too
    object.__setattr__(made, "tasks", tasks)
    return made


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A learner as it is deployed, and its bare model by one greedy answer, single samples, reach and vote.

    Out: the target's score with "deployed", "greedy", "pass@1", "pass@k" and "vote@k", one value an item; protected
    abilities by the deployed learner; the mean log-probability of a token of clean solutions. Seeds depend on the item,
    not on the learner. A tie in a vote goes to the answer that came first; an unreadable answer has no vote.
    """

    exam: Exam
    split: Split = "selection"

    @property
    def last(self) -> bool:
        """Whether this is the one look at the end."""
        return self.split == "sealed"

    def sealed(self) -> Examined:
        """The exam at the end of a run."""
        return replace(self, split="sealed")

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the scorecard; its metric is the plan's."""
        exam, fresh = self.exam, ctx.rng("items").getrandbits(63)
        protected = exam.protected if self.last else exam.protected // 10
        deployed = Accuracy(split=self.split, samples=0, protected=protected, protected_at_end=protected)(learner, ctx)
        items = ctx.environment.tasks(self.split, None, fresh, replace(ctx.objective, node=""))
        if tuple(task.id for task in items) != deployed.target.items:
            raise ValueError("the deployed learner was scored on other items than its model")
        once = deployed.target.metrics["greedy"]
        bare = replace(learner, answer=None)
        greedy = once if learner.answer is None else _greedy(items, bare, ctx)
        metrics = {"deployed": once, "greedy": greedy, **self._sampled(items, bare, ctx)}
        others = [score for score in deployed.scores[1:] if not score.node]
        clean = [_clean(exam.clean, bare, ctx)] if exam.clean and self.last else []
        target = replace(deployed.target, metrics=metrics)
        return Scorecard(learner=learner.hash, scores=(target, *others, *clean), metric=exam.metric)

    def _sampled(self, items: Sequence[Task], bare: Learner, ctx: Context) -> Mapping[str, tuple[float, ...]]:
        n = self.exam.samples if self.last else self.exam.glances
        if not n:
            return {}
        found = _answers(items, bare, ctx, n, 1.0)
        hits = [[_right(task, one, ctx) for one in each] for task, each in zip(items, found, strict=True)]
        votes = [_vote(task, each, ctx) for task, each in zip(items, found, strict=True)]
        return {
            "pass@1": tuple(fmean(map(float, hit)) for hit in hits),
            f"pass@{n}": tuple(pass_at_k(n, sum(hit), n) for hit in hits),
            f"vote@{n}": tuple(float(at is not None and hit[at]) for at, hit in zip(votes, hits, strict=True)),
        }


def _greedy(items: Sequence[Task], learner: Learner, ctx: Context) -> tuple[float, ...]:
    found = _answers(items, learner, ctx, 1, 0.0)
    return tuple(float(_right(task, one[0], ctx)) for task, one in zip(items, found, strict=True))


def _answers(
    items: Sequence[Task], learner: Learner, ctx: Context, n: int, temperature: float
) -> Sequence[Sequence[Solution]]:
    at = replace(ctx.within(f"{ctx.operator}.{temperature}"), learner=learner, updates="learner")
    sampling = Sampling(temperature=temperature)
    return at.generate(
        [task.prompt for task in items], [task.id for task in items], role=learner, n=n, sampling=sampling
    )


def _right(task: Task, solution: Solution, ctx: Context) -> bool:
    return bool(ctx.environment.check(task, solution).passed)


def _vote(task: Task, solutions: Sequence[Solution], ctx: Context) -> int | None:
    """Index of the first solution that gives the majority's answer."""
    answers = [ctx.answer(task, solution) for solution in solutions]
    readable = [answer for answer in answers if answer is not None]
    return answers.index(max(readable, key=readable.count)) if readable else None


def _clean(n: int, learner: Learner, ctx: Context) -> Score:
    """Log-likelihood a token of fresh labelled solutions, in nats."""
    world, seed = ctx.environment, ctx.rng("clean").getrandbits(63)
    found: Any = world.labelled(n, seed, ctx.objective) if offers(world, Labelling) else world.examples(n, seed)
    texts = [e.solution.text for e in found]
    chances = ctx.score([e.task.prompt for e in found], texts, role=learner)
    return Score(
        ability=CLEAN,
        metrics={"likelihood": tuple(fmean(each) for each in chances)},
        items=tuple(f"{e.task.id}#{i}" for i, e in enumerate(found)),
        split="fresh",
        protected=True,
    )
