"""What evaluations share: held-out items, protected abilities, and answers in the learner's own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from lamarck.core import (
    MUST_PASS,
    Context,
    Demanding,
    Experience,
    Learner,
    Names,
    Sampling,
    Score,
    Solution,
    Split,
    Task,
    offers,
)

REPEATS = 5
"""Answers to each case that must pass."""
LOST = 1
"""A case is failed for sure where at most so many of them are right; passed for sure where all are.

Two equal learners that are right with chance p are told apart, one passing and one failing for sure, with chance
p^5 (5 p (1-p)^4 + (1-p)^5): at most 0.7 % a case and comparison (p = 0.6), 0.03 % at p = 0.9. A case that is lost
wholly is found wherever the other side passes for sure.
"""


class Measure(Protocol):
    """An evaluation as the looks below need it."""

    @property
    def split(self) -> Split:
        """Where the target's items come from."""
        ...

    @property
    def limit(self) -> int | None:
        """The target's items at most."""
        ...

    @property
    def protected(self) -> int:
        """Fresh items of each protected ability."""
        ...

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """How good the learner is on these tasks."""
        ...


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """The items that an evaluation in the loop looks at."""

    split: Split = "selection"
    protected: int = 1000
    """Fresh items of each protected ability, answered greedily; 0 gives none."""
    protected_at_end: int = 2000
    """The same for the one look at the sealed split."""
    limit: int | None = None
    """The target's items at most."""

    def sealed(self) -> Self:
        """The same measurement on the sealed split, made once at the end of a run."""
        return replace(self, split="sealed", protected=self.protected_at_end)


def first_look(measure: Measure, learner: Learner, ctx: Context) -> tuple[Score, ...]:
    """Out: the target's score first, then its nodes' where tasks name one, then the protected abilities', then that of
    the cases that must pass.

    The items are those of the whole ability, whatever node the round works on.
    """
    world, fresh = ctx.environment, ctx.rng("items").getrandbits(63)
    target = world.tasks(measure.split, measure.limit, fresh, replace(ctx.objective, node=""))
    whole = measure.score(world.ability, target, learner, ctx)
    protected = world.protected(measure.protected, fresh).items()
    guarded = (_guarded(ability, tasks, learner, ctx) for ability, tasks in protected if tasks)
    cases = world.must_pass() if offers(world, Demanding) and measure.split == "selection" else ()
    return (whole, *by_node(whole, target), *guarded, *([must_pass(cases, learner, ctx)] if cases else []))


def further_look(measure: Measure, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> tuple[Score, ...]:
    """Scores on fresh items of these abilities; a fixed set has none beyond its first look."""
    world, fresh = ctx.environment, ctx.rng("items").getrandbits(63)
    scores = list[Score]()
    if world.ability in abilities:
        target = world.tasks(measure.split, measure.limit, fresh, replace(ctx.objective, node=""))
        unmet = [task for task in target if task.id not in skip]
        scores += [measure.score(world.ability, unmet, learner, ctx)] if unmet else []
    for ability, tasks in world.protected(measure.protected, fresh).items():
        unmet = [task for task in tasks if task.id not in skip and ability in abilities]
        scores += [_guarded(ability, unmet, learner, ctx)] if unmet else []
    return tuple(score for score in scores if score.items)


def _guarded(ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
    """A protected ability's score: one greedy answer an item."""
    metrics = {"greedy": tuple(float(hits[0]) for hits in right(tasks, learner, ctx, 1, 0.0))}
    items = tuple(task.id for task in tasks)
    return Score(ability=ability, metrics=metrics, items=items, split="fresh", protected=True)


def must_pass(cases: Sequence[Task], learner: Learner, ctx: Context) -> Score:
    """Of each case whether the learner passes it for sure, confirmed by repeats: 1, 0, or 0.5 for neither."""
    hits = [sum(found) for found in right(cases, learner, ctx, REPEATS, 1.0)]
    held = tuple(1.0 if n == REPEATS else 0.0 if n <= LOST else 0.5 for n in hits)
    items = tuple(task.id for task in cases)
    return Score(ability=MUST_PASS, metrics={"held": held}, items=items, split="selection", protected=True)


def by_node(score: Score, tasks: Sequence[Task]) -> list[Score]:
    """The score cut into one for each node that the tasks' parameters name, in order of first appearance."""
    named = {task.id: str(task.parameters.get("node", "")) for task in tasks}
    nodes = [named[item] for item in score.items]  # fewer than tasks where a judge could not be read
    parts: list[Score] = []
    for node in dict.fromkeys(name for name in nodes if name):
        at = [i for i, name in enumerate(nodes) if name == node]
        metrics = {name: tuple(values[i] for i in at) for name, values in score.metrics.items()}
        items = tuple(score.items[i] for i in at)
        parts.append(replace(score, node=node, metrics=metrics, items=items, unread=()))
    return parts


def right(tasks: Sequence[Task], learner: Learner, ctx: Context, n: int, temperature: float) -> list[list[bool]]:
    """For each task whether each of n answers passes the environment's check, [tasks][n]."""
    found = answers(tasks, learner, ctx, n, temperature)
    check = ctx.environment.check
    return [[bool(s and check(task, s).passed) for s in given] for task, given in zip(tasks, found, strict=True)]


def answers(
    tasks: Sequence[Task], learner: Learner, ctx: Context, n: int, temperature: float
) -> list[list[Solution | None]]:
    """n answers to each task, [tasks][n]; None where the learner's way of answering gave none.

    That way is the learner's own (``Learner.answer``) where it has one. Seeds depend on the item, not on the
    learner, so that learners are compared on equal draws.
    """
    at = replace(ctx.within(f"{ctx.operator}.{temperature}"), learner=learner, updates="learner")
    if learner.answer is None:
        keys = [task.id for task in tasks]
        sampling = Sampling(temperature=temperature)
        drawn = at.generate([task.prompt for task in tasks], keys, role=learner, n=n, sampling=sampling)
        return [list(solutions) for solutions in drawn]
    # whoever answers a held-out item never holds its label, whatever the recipe declares
    blind = [replace(task, reference=None) for task in tasks]
    asked = [Experience(task=task, sample=i) for task in blind for i in range(n)]
    answered = at.executor.run([(at.operator, learner.answer)], asked, at).batch
    texts = {e.id: e.solution for e in answered}
    return [[texts.get(Experience(task=task, sample=i).id) for i in range(n)] for task in tasks]
