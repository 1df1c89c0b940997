from dataclasses import replace

from tests.operators.given import tried

from lamarck.core import Choice, Entry, Objective
from lamarck.memory import Versions
from lamarck.operators.objectives import MostMistakes
from lamarck.testing import context

GOAL = Objective(ability="sums")


def chosen(nodes: list[str], **options: object) -> Choice:
    """What follows where rules were learned from a failure at each of these nodes."""
    entries = list[Entry]()
    for number, node in enumerate(nodes):
        (one,) = tried("3+4", "8")
        one = replace(one, task=replace(one.task, id=f"t{number}", parameters={"node": node}))
        entries += [Entry(text=f"rule {number}{side}", kind="rule", experience=one) for side in "ab"]
    versions = Versions()
    ctx = context(memories=versions)
    ctx = replace(ctx, learner=replace(ctx.learner, memory=versions.commit("", entries)))
    return MostMistakes(**options)(GOAL, [], ctx)  # type: ignore[arg-type]


def test_the_topic_with_most_failures_is_next_and_the_list_is_the_report():
    choice = chosen(["add"] * 5 + ["multiply"] * 7 + ["subtract"])
    assert choice.objective.node == "multiply"
    assert choice.reason == "failures by topic: multiply 7, add 5"


def test_few_failures_are_noise():
    assert chosen(["add"] * 4) == Choice(objective=GOAL, reason="no topic with 5 failures yet")
    assert chosen(["add"], least=1).objective.node == "add"


def test_it_may_only_report():
    choice = chosen(["add"] * 5, follow=False)
    assert (choice.objective, choice.reason) == (GOAL, "failures by topic: add 5")
