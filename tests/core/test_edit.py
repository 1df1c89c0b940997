"""Paths into a method: what --set and the ablations of recipes stand on."""

from typing import Any

import pytest

from lamarck.core import (
    Cycle,
    Method,
    Objective,
    Stages,
    UsageError,
    append,
    change,
    failed,
    passed,
    put,
    together,
    without,
)
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating

ONE = Cycle(
    objective=Objective(ability="sums", parameters={"highest": 9}),
    tasks=tasks.Dataset(),
    solutions=solutions.Sample(n=4),
    feedback=feedback.Verifier(),
    refinement=(refinement.Filter(where=passed), refinement.Cap(n=3), refinement.Cap(n=2)),
    updating=updating.SFT(),
    evaluation=evaluation.Accuracy(),
    name="one",
)
TWO = Stages(cycles=(ONE, Cycle(objective=ONE.objective, evaluation=evaluation.Accuracy(), rounds=2, name="two")))


def at(method: Method, *path: Any) -> Any:
    value: Any = method
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("rounds", 7, ("rounds",)),
        ("solutions.n", 8, ("solutions", "n")),
        ("solutions.Sample.n", 8, ("solutions", "n")),
        ("refinement.Filter.where", failed, ("refinement", 0, "where")),
        ("refinement.where", failed, ("refinement", 0, "where")),
        ("refinement.1.n", 5, ("refinement", 1, "n")),
        ("objective.node", "add", ("objective", "node")),
    ],
)
def test_put(path: str, value: Any, where: tuple[Any, ...]):
    assert at(put(path, value)(ONE), *where) == value


def test_a_class_means_every_operator_of_it():
    assert [at(put("refinement.Cap.n", 1)(ONE), "refinement", i, "n") for i in (1, 2)] == [1, 1]


def test_put_into_parameters_leaves_the_others():
    assert at(put("objective.parameters.lowest", 2)(ONE), "objective", "parameters") == {"highest": 9, "lowest": 2}


def test_nothing_is_changed_in_place():
    put("solutions.n", 8)(ONE)
    assert at(ONE, "solutions", "n") == 4


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("refinement.Cap", ["Filter"]),
        ("refinement.1", ["Filter", "Cap"]),
        ("refinement", []),
    ],
)
def test_without_in_a_chain(path: str, left: list[str]):
    assert [type(operator).__name__ for operator in at(without(path)(ONE), "refinement")] == left


@pytest.mark.parametrize("path", ["feedback", "feedback.Verifier"])
def test_without_the_only_operator(path: str):
    assert at(without(path)(ONE), "feedback") == ()


def test_append_to_a_chain_and_to_a_single_operator():
    assert at(append("refinement", refinement.Shuffle())(ONE), "refinement", 3) == refinement.Shuffle()
    assert at(append("feedback", feedback.Verifier())(ONE), "feedback") == (feedback.Verifier(), feedback.Verifier())


def test_together():
    both = together(put("rounds", 3), without("feedback"))(ONE)
    assert (at(both, "rounds"), at(both, "feedback")) == (3, ())


def test_a_stage_by_name_and_by_number():
    assert at(put("two.rounds", 9)(TWO), "cycles", 1, "rounds") == 9
    assert at(put("1.rounds", 9)(TWO), "cycles", 1, "rounds") == 9
    assert at(put("1.rounds", 9)(TWO), "cycles", 0, "rounds") == 1


def test_without_a_stage_every_stage_that_has_the_place():
    assert [at(put("rounds", 9)(TWO), "cycles", i, "rounds") for i in (0, 1)] == [9, 9]
    changed = put("solutions.n", 9)(TWO)
    assert (at(changed, "cycles", 0, "solutions", "n"), at(changed, "cycles", 1)) == (9, at(TWO, "cycles", 1))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("solution.n", "did you mean solutions"),
        ("updating.lrr", "did you mean lr "),
        ("refinement.Filtre", "did you mean Filter?"),
        ("rounds.deeper", "there is nothing below a int"),
    ],
)
def test_a_path_that_leads_nowhere_names_the_nearest(path: str, said: str):
    for method in (ONE, TWO):
        with pytest.raises(UsageError) as refused:
            put(path, 1)(method)
        assert said in str(refused.value)


def test_change_gives_the_owner():
    def double(owner: solutions.Sample, old: int) -> int:
        assert owner.n == old
        return 2 * old

    assert at(change(ONE, "solutions.n", double), "solutions", "n") == 8


def test_the_number_of_laps():
    assert at(put("repeat", 3)(TWO), "repeat") == 3
