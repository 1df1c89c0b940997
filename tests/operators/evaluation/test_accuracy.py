from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from lamarck.core import Batch, Context, Labels, Message, Names, Objective, Prompt, Sampling, Scope, Solution
from lamarck.operators.evaluation import Accuracy
from lamarck.operators.held_out import right
from lamarck.operators.solutions import Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()


def models() -> ScriptedModels:
    return ScriptedModels(answer=TOY.answer, wrong=TOY.wrong)


@pytest.mark.parametrize(("rate", "value"), [("0.0", 1.0), ("1.0", 0.0)])
def test_it_sees_who_is_right(rate: str, value: float):
    ctx = context(learner=f"scripted/{rate}")
    card = Accuracy(samples=3, protected=2)(ctx.learner, ctx)
    assert card.value == value
    assert {name: set(values) for name, values in card.target.metrics.items()} == {
        name: {value} for name in ("greedy", "pass@1", "pass@3")
    }


def test_half_right():
    ctx = context(learner="scripted/0.5")
    metrics = Accuracy(samples=8, protected=0, limit=60)(ctx.learner, ctx).target.metrics
    means = {name: sum(values) / len(values) for name, values in metrics.items()}
    assert 0.4 < means["pass@1"] < 0.6
    assert means["pass@8"] > 0.9


def test_the_target_then_its_nodes_then_what_is_protected():
    ctx = context()
    card = Accuracy(samples=2, protected=3, limit=9)(ctx.learner, ctx)
    assert [(s.ability, s.node, s.protected, len(s.items)) for s in card.scores] == [
        ("sums", "", False, 9),
        ("sums", "add", False, 3),
        ("sums", "subtract", False, 3),
        ("sums", "multiply", False, 3),
        ("doubles", "", True, 3),
    ]
    assert card.learner == ctx.learner.hash


def test_the_whole_ability_is_scored_whatever_node_the_round_works_on():
    ctx = context(objective=Objective(ability="sums", node="add"))
    assert {s.node for s in Accuracy(samples=0, protected=0, metric="greedy")(ctx.learner, ctx).scores} > {"multiply"}


def test_items_are_held_out_and_the_same_for_every_learner_of_a_round():
    ctx = context()
    practice = {TOY.key(task) for task in ctx.tasks("practice", 100)}
    one, other = (Accuracy(samples=0)(ctx.models.learner(f"scripted/{rate}"), ctx) for rate in ("0.1", "0.9"))
    assert one.target.items == other.target.items
    assert not practice & {item.removeprefix("toy/") for item in one.target.items}
    later = Accuracy(samples=0)(ctx.learner, replace(ctx, round=2))
    assert later.target.items != one.target.items


def test_learners_are_compared_on_equal_draws():
    ctx = context()
    worse, better = (
        Accuracy(samples=4, protected=0)(ctx.models.learner(f"scripted/{rate}"), ctx).target.metrics["pass@1"]
        for rate in ("0.5", "0.3")
    )
    assert all(a <= b for a, b in zip(worse, better, strict=True))


def test_greedy_is_asked_at_temperature_0():
    spy = models()
    ctx = context(models=spy)
    Accuracy(samples=2, protected=0, limit=1, temperature=0.7)(ctx.learner, ctx)
    asked = [(call.request.sampling.temperature, len(call.request.seeds)) for call in spy.calls]
    assert asked == [(0.0, 1), (0.7, 2)]


def test_it_asks_the_learner_it_is_given():
    spy = models()
    ctx = context(models=spy)
    Accuracy(samples=0, limit=1)(ctx.models.learner("scripted/0.25"), ctx)
    assert {call.model for call in spy.calls} == {"scripted/0.25"}


def test_a_way_of_answering_asks_the_learner_it_belongs_to():
    spy = models()
    ctx = context(models=spy)
    candidate = replace(ctx.models.learner("scripted/0.25"), answer=Sample())
    Accuracy(samples=0, limit=3, protected=0)(candidate, ctx)
    assert {call.model for call in spy.calls} == {"scripted/0.25"}


def test_a_way_of_answering_gives_n_answers_a_task():
    ctx = context(learner="scripted/0.5")
    learner = replace(ctx.learner, answer=Sample())
    tasks = TOY.tasks("selection", 5, 0, ctx.objective)
    hits = right(tasks, learner, ctx, 4, 1.0)
    assert [len(found) for found in hits] == [4] * 5
    assert len({hit for found in hits for hit in found}) == 2


def test_the_seeds_of_evaluation_are_not_those_of_practice():
    ctx = context()
    prompt = Prompt(name="task/sum", fields={"left": "3", "sign": "+", "right": "4"})
    drawn = [ctx.within(name).generate([prompt], ["a"], n=6, sampling=Sampling()) for name in ("x", "y")]
    assert drawn[0] != drawn[1]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Copies the label where it finds one."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [
            replace(e, solution=Solution(messages=(Message(role="assistant", text=e.task.reference.read()),)))
            for e in batch
            if e.task.reference
        ]


@pytest.mark.parametrize("labels", ["none", "check", "train"])
def test_a_way_of_answering_never_holds_the_label(labels: Labels):
    ctx = context(labels=labels)
    cheat = replace(ctx.learner, answer=Copy())
    assert Accuracy(samples=0, protected=0, metric="greedy", limit=3)(cheat, ctx).value == 0


def test_without_samples_the_gate_goes_by_greedy():
    ctx = context()
    card = Accuracy(samples=0, limit=3, protected=0)(ctx.learner, ctx)
    assert (card.metric, card.value) == ("greedy", card.target.estimate("greedy").value)
