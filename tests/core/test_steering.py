"""The objective steers: a planted weak node changes what round 2 contains under Weakest, not under Fixed."""

from functools import cache
from typing import Any

import pytest
from tests.environments.brute_force import solve

from lamarck import recipes
from lamarck.core import Cycle, Fixed, NextObjective, Objective, Phase, Prompt, put, run, together
from lamarck.environments import load
from lamarck.operators import evaluation, feedback, objectives, refinement, solutions, tasks, updating
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()


def cycle(following: NextObjective, **slots: Any) -> Cycle:
    usual: dict[str, Any] = {
        "objective": Objective(ability="any"),
        "tasks": tasks.Dataset(n=12),
        "solutions": solutions.Sample(n=2),
        "feedback": feedback.Verifier(),
        "refinement": refinement.Filter(),
        "updating": updating.SFT(start="base"),
        "evaluation": evaluation.Accuracy(samples=0, protected=0, metric="greedy", limit=24),
        "next": following,
        "rounds": 2,
    }
    return Cycle(**{**usual, **slots})


def nodes(store: MemoryStore, round: int) -> set[Any]:
    return {e.task.parameters["node"] for e in store.batch(Phase(stage=0, round=round, name="tasks"))}


@pytest.mark.parametrize("weak", ["add", "subtract", "multiply"])
def test_toy(weak: str):
    def rates(prompt: Prompt, rate: float) -> float:
        return 1.0 if TOY.node(prompt.fields["sign"]) == weak else 0.0

    def second(following: NextObjective) -> set[Any]:
        store = MemoryStore()
        models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, rates=rates)
        run(cycle(following), context(store=store, models=models))
        assert nodes(store, 1) == {"add", "subtract", "multiply"}
        return nodes(store, 2)

    assert second(objectives.Weakest()) == {weak}
    assert second(Fixed()) == {"add", "subtract", "multiply"}


@cache
def solution(numbers: str, target: str) -> str:
    return solve(tuple(int(number) for number in numbers.split()), int(target)) or ""


@pytest.mark.parametrize("weak", [3, 4])
def test_countdown(weak: int):
    def answer(prompt: Prompt, seed: int) -> str:
        return solution(prompt.fields["numbers"], prompt.fields["target"])

    def rates(prompt: Prompt, rate: float) -> float:
        return 1.0 if len(prompt.fields["numbers"].split()) == weak else 0.0

    def second(following: NextObjective) -> set[Any]:
        store = MemoryStore()
        models = ScriptedModels(answer=answer, wrong=lambda _prompt, _seed: "1 + 1", rates=rates)
        run(cycle(following), context(store=store, models=models, environment=load("countdown")))
        assert nodes(store, 1) == {"3 numbers", "4 numbers"}
        return nodes(store, 2)

    assert second(objectives.Weakest()) == {f"{weak} numbers"}
    assert second(Fixed()) == {"3 numbers", "4 numbers"}


def test_without_scores_by_node_the_objective_stays():
    goal = Objective(ability="any")
    choice = objectives.Weakest()(goal, [], context())
    assert (choice.objective, choice.reason) == (goal, "no scores by node")


@pytest.mark.parametrize("weak", ["add", "multiply"])
def test_a_pool_that_examples_are_picked_from(weak: str):
    def rates(prompt: Prompt, rate: float) -> float:
        return 1.0 if TOY.node(prompt.fields["sign"]) == weak else 0.0

    def second(following: NextObjective) -> set[Any]:
        store = MemoryStore()
        models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, rates=rates)
        method = recipes.load("diverse_evol")(rounds=2, picks=12, pool=60)
        method = together(put("evaluation.protected", 0), put("evaluation.limit", 24), put("next", following))(method)
        run(method, context(store=store, models=models))
        assert nodes(store, 1) == {"add", "subtract", "multiply"}
        return nodes(store, 2)

    assert second(objectives.Weakest()) == {weak}
    assert second(Fixed()) == {"add", "subtract", "multiply"}
