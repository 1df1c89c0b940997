"""How often the learner is right, by the environment's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import Context, Experience, Learner, Names, Sampling, Score, Scorecard, Split, Task, pass_at_k


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Greedy accuracy, pass@1 and pass@k of a learner on a split, by node, and on protected abilities.

    Out: a scorecard with one value an item and metric: "greedy" 0 or 1 at temperature 0, "pass@1"
    the share of right samples, "pass@k" unbiased (Chen et al. 2021). The way of answering is the
    learner's own (``Learner.answer``) where it has one. Sampling seeds depend on the item, not on
    the learner, so that learners are compared on equal draws.
    """

    split: Split = "selection"
    samples: int = 16
    """Samples an item beside the greedy one; pass@k is given for k = 1 and k = samples."""
    temperature: float = 1.0
    protected: int = 1000
    """Fresh items of each protected ability, answered greedily; 0 gives none."""
    protected_at_end: int = 2000
    """The same for the one look at the sealed split."""
    metric: str = "pass@1"
    """What the gate goes by."""
    limit: int | None = None

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the target's score first, then its nodes' where tasks name one, then the protected abilities'.

        The items are those of the whole ability, whatever node the round works on.
        """
        world = ctx.environment
        fresh = ctx.rng("items").getrandbits(63)
        target = world.tasks(self.split, self.limit, fresh, replace(ctx.objective, node=""))
        scores = [self.score(world.ability, target, learner, ctx)]
        scores += by_node(scores[0], target)
        for ability, tasks in world.protected(self.protected, fresh).items():
            scores.append(_guarded(ability, tasks, learner, ctx))
        metric = self.metric if self.samples else "greedy"  # without samples there is nothing else to go by
        return Scorecard(learner=learner.hash, scores=tuple(scores), metric=metric)

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The deciding metric on fresh items of these abilities; a fixed set has none beyond its first look."""
        world, fresh = ctx.environment, ctx.rng("items").getrandbits(63)
        scores = list[Score]()
        if world.ability in abilities:
            target = world.tasks(self.split, self.limit, fresh, replace(ctx.objective, node=""))
            unmet = [task for task in target if task.id not in skip]
            only = replace(self, samples=self.samples if self.metric != "greedy" else 0)
            scores += [only.score(world.ability, unmet, learner, ctx)] if unmet else []
        for ability, tasks in world.protected(self.protected, fresh).items():
            unmet = [task for task in tasks if task.id not in skip and ability in abilities]
            scores += [_guarded(ability, unmet, learner, ctx)] if unmet else []
        return Scorecard(learner=learner.hash, scores=tuple(scores), metric=self.metric if self.samples else "greedy")

    def sealed(self) -> Accuracy:
        """The same measurement on the sealed split, made once at the end of a run."""
        return replace(self, split="sealed", protected=self.protected_at_end)

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """Greedy, pass@1 and pass@k on these tasks."""
        metrics = {"greedy": tuple(float(hits[0]) for hits in right(tasks, learner, ctx, 1, 0.0))}
        if self.samples:
            hits = right(tasks, learner, ctx, self.samples, self.temperature)
            metrics["pass@1"] = tuple(fmean(map(float, h)) for h in hits)
            metrics[f"pass@{self.samples}"] = tuple(pass_at_k(len(h), sum(h), self.samples) for h in hits)
        return Score(ability=ability, metrics=metrics, items=tuple(task.id for task in tasks), split=self.split)


def _guarded(ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
    """A protected ability's score: one greedy answer an item."""
    metrics = {"greedy": tuple(float(hits[0]) for hits in right(tasks, learner, ctx, 1, 0.0))}
    items = tuple(task.id for task in tasks)
    return Score(ability=ability, metrics=metrics, items=items, split="fresh", protected=True)


def by_node(score: Score, tasks: Sequence[Task]) -> list[Score]:
    """The score cut into one for each node that the tasks' parameters name, in order of first appearance."""
    nodes = [str(task.parameters.get("node", "")) for task in tasks]
    parts: list[Score] = []
    for node in dict.fromkeys(name for name in nodes if name):
        at = [i for i, name in enumerate(nodes) if name == node]
        metrics = {name: tuple(values[i] for i in at) for name, values in score.metrics.items()}
        parts.append(replace(score, node=node, metrics=metrics, items=tuple(score.items[i] for i in at)))
    return parts


def right(tasks: Sequence[Task], learner: Learner, ctx: Context, n: int, temperature: float) -> list[list[bool]]:
    """For each task whether each of n answers passes the environment's check, [tasks][n]."""
    at = replace(ctx.within(f"{ctx.operator}.{temperature}"), learner=learner, updates="learner")
    if learner.answer is not None:
        # whoever answers a held-out item never holds its label, whatever the recipe declares
        blind = [replace(task, reference=None) for task in tasks]
        asked = [Experience(task=task, sample=i) for task in blind for i in range(n)]
        answered = at.executor.run([(at.operator, learner.answer)], asked, at).batch
        texts = {e.id: e.solution for e in answered}
        solutions = [[texts.get(Experience(task=task, sample=i).id) for i in range(n)] for task in tasks]
    else:
        keys = [task.id for task in tasks]
        sampling = Sampling(temperature=temperature)
        solutions = at.generate([task.prompt for task in tasks], keys, role=learner, n=n, sampling=sampling)
    check = ctx.environment.check
    return [[bool(s and check(task, s).passed) for s in found] for task, found in zip(tasks, solutions, strict=True)]
