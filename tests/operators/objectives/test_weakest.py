from lamarck.core import Objective, Score, Scorecard
from lamarck.operators.objectives import Fixed, Weakest
from lamarck.testing import context

GOAL = Objective(ability="sums", parameters={"highest": 9})


def card(**nodes: float) -> Scorecard:
    whole = Score(ability="sums", metrics={"greedy": (0.1,), "pass@1": (0.9,)}, items=("a",), split="selection")
    parts = [
        Score(ability="sums", node=name, metrics={"greedy": (1 - mean,), "pass@1": (mean,)}, items=("a",), split="s")
        for name, mean in nodes.items()
    ]
    return Scorecard(learner="x", scores=(whole, *parts), metric="pass@1")


def test_the_lowest_node_of_the_latest_scorecard():
    choice = Weakest()(GOAL, [card(add=0.1, multiply=0.9), card(add=0.8, multiply=0.3)], context())
    assert choice.objective == Objective(ability="sums", node="multiply", parameters={"highest": 9})
    assert choice.reason == "weakest of 2 nodes: multiply at 0.300"


def test_another_metric():
    assert Weakest(metric="greedy")(GOAL, [card(add=0.8, multiply=0.3)], context()).objective.node == "add"


def test_a_tie_goes_to_the_first():
    assert Weakest()(GOAL, [card(multiply=0.3, add=0.3)], context()).objective.node == "multiply"


def test_without_nodes_it_stays():
    assert Weakest()(GOAL, [card()], context()).objective == GOAL
    assert Weakest()(GOAL, [], context()).reason == "no scores by node"


def test_fixed():
    assert Fixed()(GOAL, [card(add=0.1)], context()).objective == GOAL
