"""What differs is told slot by slot, and nothing where nothing differs."""

from dataclasses import replace

from lamarck.core import Cycle, Entry, Learner, ModelRef, Objective, Stages, passed
from lamarck.operators import evaluation, refinement, solutions, updating
from lamarck.report import differing

ONE = Cycle(
    objective=Objective(ability="sums"),
    solutions=solutions.Sample(n=4),
    refinement=refinement.Filter(where=passed),
    updating=updating.SFT(),
    evaluation=evaluation.Accuracy(),
)
LEARNER = Learner(model=ModelRef(name="scripted/0.5", digest="a" * 64))


def test_equal_methods_and_learners_do_not_differ():
    assert differing.methods(ONE, ONE) == []
    assert differing.learners(LEARNER, replace(LEARNER, parent="somebody")) == []


def test_the_slot_that_differs_is_named_with_both_sides():
    found = differing.methods(ONE, replace(ONE, refinement=(refinement.Filter(where=passed), refinement.Cap(n=2))))
    assert [(d.place, d.left, d.right) for d in found] == [
        ("refinement", "Filter(where=passed)", "Filter(where=passed); Cap(n=2)")
    ]


def test_a_field_and_a_number_of_rounds_count_too():
    found = differing.methods(ONE, replace(ONE, solutions=solutions.Sample(n=8), rounds=3))
    assert {d.place for d in found} == {"solutions", "rounds"}


def test_stages_are_told_apart_and_one_that_is_missing_is_empty():
    found = differing.methods(ONE, Stages(cycles=(ONE, replace(ONE, name="align"))))
    assert {d.place.partition(":")[0] for d in found} == {"stage 1 (align)"}
    assert all(d.left == "" for d in found)


def test_learners_differ_in_weights_memory_prompt_and_answer():
    other = replace(
        LEARNER,
        model=ModelRef(name="scripted/0.4", digest="b" * 64),
        memory="m1",
        prompt="Be brief.",
        answer=solutions.Sample(n=2),
    )
    assert [d.place for d in differing.learners(LEARNER, other)] == ["model", "memory", "prompt", "answer"]


def test_memories_differ_by_what_only_one_holds():
    left, right = [Entry(text="a"), Entry(text="b"), Entry(text="b")], [Entry(text="b"), Entry(text="c")]
    assert differing.entries(left, right) == (["a", "b"], ["c"])


def test_prompts_differ_by_lines():
    assert differing.prompts("one\ntwo", "one\ntwo") == []
    assert "+three" in differing.prompts("one\ntwo", "one\nthree")
