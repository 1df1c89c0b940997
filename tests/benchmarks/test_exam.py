"""The exam: planned items for everybody, the deployed learner beside its bare model, votes that read no label."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from benchmarks.evidence.exam import CLEAN, Examined, fingerprint, items_of, posed
from benchmarks.evidence.plan import Exam

from lamarck.core import Batch, Context, Experience, Message, Names, Objective, Prompt, Scope, Solution, Task
from lamarck.testing import ScriptedModels, ToyEnvironment, context

EXAM = Exam(items=20, samples=4, selection=10, glances=2, protected=30)
GOAL = Objective(ability="sums")
WORLD = ToyEnvironment()


def sealed_items(seed: int = 0) -> Sequence[Task]:
    return items_of(WORLD, EXAM, "toy", seed, GOAL)


def sitting(learner: str = "scripted/0.5", models: ScriptedModels | None = None) -> Context:
    world = posed(WORLD, EXAM, sealed_items())
    return context(learner=learner, environment=world, models=models, objective=GOAL)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A way of answering that is always right."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [replace(e, solution=solved(e)) for e in batch]


def solved(e: Experience) -> Solution:
    assert e.task.reference is None  # whoever answers never holds the label
    return Solution(messages=(Message(role="assistant", text=WORLD.right(e.task.prompt, 0)),))


def test_the_items_are_the_planned_ones_for_every_learner_of_a_seed():
    planned = tuple(task.id for task in sealed_items())
    for learner in ("scripted/0.1", "scripted/0.9"):
        ctx = sitting(learner)
        assert Examined(exam=EXAM).sealed()(ctx.learner, ctx).target.items == planned
    assert tuple(task.id for task in sealed_items(1)) != planned
    assert fingerprint(planned) == fingerprint(list(planned)) != fingerprint(planned[::-1])
    assert len(planned) == 20


def test_rounds_get_fewer_items_and_practice_as_many_as_it_asks_for():
    world = posed(WORLD, EXAM, sealed_items())
    assert len(world.tasks("selection", None, 0, GOAL)) == 10
    assert len(world.tasks("practice", None, 0, GOAL)) == WORLD.n
    assert len(world.tasks("sealed", 1, 7, GOAL)) == 20
    assert WORLD.tasks("selection", None, 0, GOAL) != world.tasks("selection", None, 0, GOAL)


def test_a_better_model_scores_better_on_everything():
    cards = [Examined(exam=EXAM).sealed()(ctx.learner, ctx) for ctx in map(sitting, ("scripted/0.8", "scripted/0.2"))]
    worse, better = cards
    assert list(better.target.metrics) == ["deployed", "greedy", "pass@1", "pass@4", "vote@4"]
    for metric in better.target.metrics:
        assert better.target.estimate(metric).value > worse.target.estimate(metric).value
    assert [score.ability for score in better.scores] == ["sums", "doubles"]
    assert len(better.scores[1].items) == 30
    assert better.metric == EXAM.metric


def test_the_deployed_learner_and_its_bare_model_are_told_apart():
    ctx = sitting("scripted/0.8")
    card = Examined(exam=EXAM).sealed()(replace(ctx.learner, answer=Known()), ctx)
    assert card.target.estimate("deployed").value == 1.0
    assert card.target.estimate("greedy").value < 0.6
    plain = Examined(exam=EXAM).sealed()(ctx.learner, ctx)
    assert plain.target.metrics["deployed"] == plain.target.metrics["greedy"] == card.target.metrics["greedy"]
    assert plain.target.metrics["vote@4"] == card.target.metrics["vote@4"]


def test_a_majority_beats_single_samples_where_wrong_answers_scatter():
    many = replace(EXAM, samples=16)
    ctx = sitting("scripted/0.5")
    target = Examined(exam=many).sealed()(ctx.learner, ctx).target
    assert target.estimate("vote@16").value > target.estimate("pass@1").value + 0.2


def test_likelihood_is_the_mean_over_the_tokens_of_clean_solutions():
    def likelihood(model: str, prompt: Prompt, text: str) -> float:
        return -0.25 if model == "scripted/0.5" else -1.0

    models = ScriptedModels(answer=WORLD.right, wrong=WORLD.wrong, likelihood=likelihood)
    ctx = sitting(models=models)
    card = Examined(exam=replace(EXAM, clean=5)).sealed()(ctx.learner, ctx)
    assert card.scores[-1].ability == CLEAN
    assert card.scores[-1].metrics["likelihood"] == pytest.approx((-0.25,) * 5)
    assert len(set(card.scores[-1].items)) == 5
    assert Examined(exam=replace(EXAM, clean=5))(ctx.learner, ctx).scores[-1].ability != CLEAN  # at the end alone
