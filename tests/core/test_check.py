"""The checker refuses what cannot work, all faults at once, each with its place and its cure."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Names,
    Objective,
    Operator,
    RecipeError,
    Scope,
    Stages,
    check,
    is_protocol,
    passed,
)
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

GOAL = Objective(ability="sums")


@dataclass(frozen=True, kw_only=True)
class ReadsReference:
    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"reference"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return batch


@dataclass(frozen=True, kw_only=True)
class Pairs:
    reads: ClassVar[Names] = {"rejected"}

    def __call__(self, learner: Any, batch: Batch, ctx: Context) -> Any:
        return learner


@dataclass(frozen=True, kw_only=True)
class Judged:
    role: str = "learner"

    def __call__(self, learner: Any, ctx: Context) -> Any:
        raise NotImplementedError


def cycle(**slots: Any) -> Cycle:
    usual: dict[str, Any] = {
        "objective": GOAL,
        "tasks": tasks.Dataset(),
        "solutions": solutions.Sample(),
        "feedback": feedback.Verifier(),
        "refinement": refinement.Filter(where=passed),
        "updating": updating.SFT(),
        "evaluation": evaluation.Accuracy(),
    }
    return Cycle(**{**usual, **slots})


def faults(method: Any, labels: Any = "check") -> tuple[str, ...]:
    with pytest.raises(RecipeError) as refused:
        check("mine", method, labels)
    return refused.value.faults


def test_what_works_passes():
    check("mine", cycle())
    check("mine", Stages(cycles=(cycle(), cycle())))


def test_every_slot_but_updating_or_evaluation_may_be_empty():
    check("mine", Cycle(objective=GOAL, evaluation=evaluation.Accuracy()))
    check("mine", cycle(feedback=(), refinement=(), evaluation=None))


def test_all_faults_at_once_each_with_its_cure():
    method = cycle(solutions=(), updating=Pairs(), rounds=0)
    assert faults(method) == (
        "mine.rounds: is 0; give at least 1",
        "mine.feedback: Verifier reads 'solution', which no earlier operator writes; "
        "add a solutions operator such as solutions.Sample()",
        "mine.updating: Pairs reads 'rejected', which no earlier operator writes; "
        "add refinement.BestWorst() or another operator that pairs solutions",
    )


def test_nothing_to_change_and_nothing_to_show():
    (fault,) = faults(Cycle(objective=GOAL, tasks=tasks.Dataset()))
    assert fault.startswith("mine.updating: is empty and so is evaluation")


def test_no_stages():
    assert faults(Stages(cycles=())) == ("mine: has no stages; return a Cycle or Stages(cycles=(...))",)


def test_a_reference_is_read_only_by_recipes_that_say_so():
    method = cycle(solutions=ReadsReference())
    assert "add labels='train' in @recipe" in faults(method)[0]
    assert faults(method, "none")
    check("mine", method, "train")


def test_the_learner_does_not_judge_itself():
    assert "the learner would judge itself" in faults(cycle(evaluation=Judged()))[0]
    check("mine", cycle(evaluation=Judged(role="judge")))
    check("mine", cycle(evaluation=Judged(), gated=False))


def test_an_unknown_direction_and_scope():
    goal: Any = Objective(ability="sums", direction="sideways")  # type: ignore[arg-type]
    assert (
        "direction 'sideways' is none of performance, feedback, knowledge, safety" in faults(cycle(objective=goal))[0]
    )

    class Wide(ReadsReference):
        scope: ClassVar[Any] = "world"

    assert "scope 'world'; give one of each, task, stream, all" in faults(cycle(solutions=Wide()), "train")[0]


def test_what_is_no_operator():
    assert "tasks: str is no operator" in faults(cycle(tasks="dataset"))[0]
    assert "updating: Filter is no update" in faults(cycle(updating=refinement.Filter()))[0]
    assert "evaluation: Filter is not callable with (learner, ctx)" in faults(cycle(evaluation=refinement.Filter()))[0]


@pytest.mark.parametrize(
    ("slot", "given"),
    [("tasks", tasks.Dataset), ("updating", updating.SFT), ("evaluation", evaluation.Accuracy)],
)
def test_a_class_that_nobody_called(slot: str, given: type):
    assert f"call it: {given.__name__}()" in faults(cycle(**{slot: given}))[0]


def test_an_update_is_no_evaluator():
    assert "evaluation: SFT is not callable with (learner, ctx)" in faults(cycle(evaluation=updating.SFT()))[0]


def test_a_stage_that_begins_from_nobody():
    method = Stages(cycles=(cycle(begin_from="reference"),))
    assert "no earlier stage makes a 'reference'" in faults(method)[0]


def test_a_later_stage_that_begins_from_nobody():
    first = cycle(updates="verifier", begin_from="learner")
    check("mine", Stages(cycles=(first, cycle(begin_from="verifier"))))
    assert "no earlier stage makes a 'verifer'" in faults(Stages(cycles=(first, cycle(begin_from="verifer"))))[0]


def test_a_fault_names_its_stage():
    broken = cycle(name="align", solutions=())
    assert faults(Stages(cycles=(cycle(name="seed"), broken)))[0].startswith("mine.align.feedback: ")


def test_a_held_operator_is_looked_at_too():
    @dataclass(frozen=True, kw_only=True)
    class Retry:
        scope: ClassVar[Scope] = "each"
        reads: ClassVar[Names] = {"solution"}
        writes: ClassVar[Names] = {"solution"}
        solve: Operator

        def __call__(self, batch: Batch, ctx: Context) -> Batch:
            return batch

    assert "reads 'reference'" in faults(cycle(refinement=Retry(solve=ReadsReference())))[0]


def test_an_evaluation_alone_may_have_no_round():
    measure = {"tasks": (), "solutions": (), "feedback": (), "refinement": (), "updating": ()}
    check("mine", cycle(**measure, rounds=0))
    assert is_protocol(cycle(**measure))
    with pytest.raises(RecipeError, match="rounds: is 0"):
        check("mine", cycle(**{**measure, "solutions": solutions.Sample(), "tasks": tasks.Dataset()}, rounds=0))
