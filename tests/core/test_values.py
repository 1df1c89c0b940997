"""Values of the cycle: described equally, hashed by what they are, seeded by where they are."""

import json
from dataclasses import replace

import pytest

from lamarck.core import (
    Experience,
    Feedback,
    LabelError,
    Learner,
    Message,
    ModelRef,
    Objective,
    Prompt,
    Reference,
    Sampling,
    Solution,
    Task,
    by_task,
    describe,
    failed,
    passed,
)
from lamarck.operators import refinement, solutions
from lamarck.testing import ToyEnvironment, context

TASK = Task(id="toy/3+4", kind="sum", messages=(Message(role="user", text="3+4"),), reference=Reference("7"))


# --- describe ---


def test_equal_values_have_equal_descriptions():
    assert describe(refinement.Cap(n=3)) == describe(refinement.Cap(n=3)) == {"is": "Cap", "n": 3}
    assert describe(refinement.Cap(n=3)) != describe(refinement.Cap(n=4))


def test_a_description_is_json_whatever_the_order():
    value = {"b": (1, 2.5, None), "a": frozenset({"y", "x"}), "where": passed}
    assert json.dumps(describe(value)) == '{"b": [1, 2.5, null], "a": ["x", "y"], "where": "passed"}'


def test_two_functions_of_other_names_differ():
    assert describe(refinement.Filter(where=passed)) != describe(refinement.Filter(where=failed))


def test_two_functions_without_names_are_not_the_same():
    one, other = refinement.Filter(where=lambda e: e.score > 0), refinement.Filter(where=lambda e: e.score > 1)
    assert describe(one) != describe(other)


# --- learners ---


def learner(**parts: object) -> Learner:
    return replace(Learner(model=ModelRef(name="scripted/0.5", digest="a")), **parts)  # type: ignore[arg-type]


def test_a_learner_is_known_by_what_it_is():
    assert learner().hash == learner(parent="x").hash
    assert learner().hash == learner(model=ModelRef(name="other/name", digest="a", folder="/elsewhere")).hash
    parts = [
        learner(),
        learner(model=ModelRef(name="scripted/0.5", digest="b")),
        learner(adapters={"plan": ModelRef(name="x", digest="p")}),
        learner(memory="v1"),
        learner(prompt="Be brief."),
        learner(answer=solutions.Sample(n=4)),
        learner(answer=solutions.Sample(n=8)),
    ]
    assert len({one.hash for one in parts}) == len(parts)
    assert all(len(one.hash) == 16 and int(one.hash, 16) >= 0 for one in parts)


# --- the guard ---


def test_a_sealed_reference_is_not_read():
    assert Reference("7").read() == "7"
    sealed = Reference("7").seal("the recipe declares labels='check'")
    with pytest.raises(LabelError, match="but the recipe declares labels='check'; remove the reader"):
        sealed.read()
    assert sealed.open().read() == "7"


def test_a_reference_is_never_printed():
    assert "7" not in repr(Reference("7"))
    assert "'7'" not in repr(TASK)
    assert "7" not in str(Reference("7").seal("no"))


@pytest.mark.parametrize("labels", ["none", "check"])
def test_operators_get_sealed_tasks(labels: str):
    for task in context(labels=labels).tasks("practice", 4):  # type: ignore[arg-type]
        assert task.reference is not None
        with pytest.raises(LabelError, match=f"labels='{labels}'"):
            task.reference.read()


def test_operators_of_a_recipe_that_trains_on_labels_read_them():
    assert [task.reference.read() for task in context(labels="train").tasks("practice", 1) if task.reference]


def test_the_verifier_reads_what_operators_may_not():
    ctx = context(labels="check")
    task = ctx.seal(TASK)
    assert ctx.check(replace(task, fields={"left": "3", "sign": "+", "right": "4"}), says("7")).passed


def test_without_labels_nobody_asks_for_a_verdict():
    with pytest.raises(LabelError, match="test asked for a verdict, but the recipe declares labels='none'"):
        context(labels="none").check(TASK, says("7"))


def says(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


# --- experiences ---


def test_pass_fail_and_score():
    none, right, wrong = (Experience(task=TASK, feedback=f) for f in (None, Feedback(passed=True), Feedback(score=0.3)))
    assert [passed(e) for e in (none, right, wrong)] == [False, True, False]
    assert [failed(e) for e in (none, right, wrong)] == [False, False, True]
    assert [e.score for e in (none, right, wrong)] == [0.0, 1.0, 0.3]


def test_training_shows_the_task_and_not_the_hint():
    hinted = Experience(task=TASK, asked=Prompt(name="star/rationalize", fields={"answer": "7"}))
    assert hinted.prompt == TASK.prompt
    assert replace(hinted, keep=Prompt(name="star/rationale")).prompt.name == "star/rationale"


def test_by_task_keeps_the_order():
    other = replace(TASK, id="toy/1+1")
    batch = [Experience(task=task, sample=i) for i, task in enumerate((TASK, other, TASK))]
    assert [[e.sample for e in group] for group in by_task(batch)] == [[0, 2], [1]]


# --- seeds ---


def test_a_draw_depends_on_the_key_and_not_on_what_else_is_asked():
    ctx, world = context(), ToyEnvironment()
    tasks = world.tasks("practice", 6, 0, Objective(ability="sums"))

    def texts(order: list[int]) -> dict[str, list[str]]:
        chosen = [tasks[i] for i in order]
        drawn = ctx.generate([t.prompt for t in chosen], [t.id for t in chosen], n=3, sampling=Sampling())
        return {task.id: [s.text for s in found] for task, found in zip(chosen, drawn, strict=True)}

    forth, back = texts([0, 1, 2, 3, 4, 5]), texts([5, 3, 1, 4, 2, 0])
    assert forth == back
    assert texts([2]) == {tasks[2].id: forth[tasks[2].id]}


def test_more_samples_keep_the_first_ones():
    ctx = context()
    assert ctx.seeds("a", 8)[:3] == ctx.seeds("a", 3)
    assert len({*ctx.seeds("a", 8), *ctx.seeds("b", 8)}) == 16


def test_seeds_differ_by_run_stage_round_and_operator():
    ctx = context()
    places = [
        ctx,
        context(seed=1),
        ctx.stage(1, "learner"),
        ctx.at(2, ctx.objective, ctx.learner),
        ctx.within("solutions.Sample"),
    ]
    assert len({place.seeds("a", 1)[0] for place in places}) == len(places)
    assert len({place.rng("a").random() for place in places}) == len(places)


def test_seeds_are_the_same_on_every_machine():
    assert context().seeds("toy/3+4", 2) == SEEDS


SEEDS = [8860527788262118693, 12343408518341506808]
