from dataclasses import replace

import pytest
from tests.operators.given import Plain, task, tried

from lamarck.core import Batch, Experience, Message, Objective, Reference, Task
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.operators.descent import born
from lamarck.operators.inventing import question, words
from lamarck.operators.tasks import Mask
from lamarck.operators.tasks.mask import masked, parted
from lamarck.testing import ScriptedModels, context

ASKED = "Ann has 3 pens and Bob has four, worth $12 each. How many pens are there?"


def given(reply: str = "") -> tuple[Task, ScriptedModels]:
    said = (Message(role="user", text=f"{ASKED}\n\nEnd with the number."),)
    spy = ScriptedModels(answer=lambda _p, _s: reply, wrong=lambda _p, _s: reply)
    return replace(task(), messages=said, fields={"question": ASKED}, parameters={"row": 3}), spy


def made(form: Mask, reply: str = "") -> tuple[Batch, list[str]]:
    old, spy = given(reply)
    ctx = context(learner="scripted/0.0", models=spy, environment=Plain(), labels="train")
    first, *rest = form([Experience(task=old)], ctx)
    assert first.task == old
    return rest, [drop.reason for drop in ctx.notes]


def test_one_backward_task_for_each_value():
    found, _ = made(Mask())
    assert [e.task.reference.read() for e in found if e.task.reference] == ["3", "4", "12"]
    assert [question(e.task).splitlines()[0] for e in found] == [
        "Ann has x pens and Bob has four, worth $12 each. How many pens are there?",
        "Ann has 3 pens and Bob has x, worth $12 each. How many pens are there?",
        "Ann has 3 pens and Bob has four, worth $x each. How many pens are there?",
    ]
    assert question(found[0].task).splitlines()[1:] == [
        "Suppose that the answer to this question is 7.",
        "Which number does x stand for?",
    ]
    assert all(words(e.task).endswith("\n\nEnd with the number.") for e in found)
    assert {e.task.parameters["checked_as"] for e in found} == {"toy/3+4"}
    assert len({e.task.id for e in found}) == 3


def test_a_declaration_takes_the_questions_place():
    found, reasons = made(Mask(form="declare", prompt="metamath/declare"), "There are 7 pens.")
    assert question(found[1].task) == (
        "Ann has 3 pens and Bob has x, worth $12 each. There are 7 pens.\nWhich number does x stand for?"
    )
    assert reasons == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("There are 70 pens.", "does not hold the answer"), ("Are there 7 pens?", "asks something")],
)
def test_a_declaration_that_declares_nothing_is_dropped(reply: str, reason: str):
    found, reasons = made(Mask(form="declare"), reply)
    assert found == []
    assert reasons == [f"declaration {number}: {reason}" for number in range(3)]


def test_a_declaration_must_keep_the_unknown():
    old = replace(given()[0], fields={}, messages=(Message(role="user", text="Ann has pens. What is 3 times 2?"),))
    spy = ScriptedModels(answer=lambda _p, _s: "It is 7.", wrong=lambda _p, _s: "")
    ctx = context(learner="scripted/0.0", models=spy, environment=Plain(), labels="train")
    assert len(Mask(form="declare")([Experience(task=old)], ctx)) == 1
    assert ctx.notes[0].reason == "declaration 0: loses the unknown x"
    assert spy.calls[0].request.prompt.fields == {"clause": "What is x times 2?", "answer": "7"}


def test_what_was_made_of_another_task_is_not_turned_round():
    other = born(given()[0], task(), by="rephrased")
    ctx = context(environment=Plain(), labels="train")
    assert Mask()([Experience(task=other)], ctx) == [Experience(task=other)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It costs 1,200.50 (or 20%), not 3/4 or x2 or 2:30.", ["1200.50", "20"]),
        ("One of them, twelve in all", ["12"]),
        ("a 3-foot rule, 5ft long", []),
    ],
)
def test_a_value_is_a_number_that_stands_alone(text: str, values: list[str]):
    assert [each.value for each in masked(text)] == values


def test_an_unknown_has_a_name_that_the_question_does_not_use():
    assert masked("If x is 4, what is y?")[0].text == "If x is z, what is y?"


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("A. B! C?", ("A. B!", "C?")),
        ("If a, and b, what is c?", ("If a, and b.", "what is c?")),
        ("What is c?", ("", "What is c?")),
    ],
)
def test_a_question_is_parted_before_its_last_sentence(asked: str, parts: tuple[str, str]):
    assert parted(asked) == parts


def test_an_environment_may_turn_its_tasks_round_itself():
    world, goal = ListMachine(), Objective(ability="", parameters={"kind": "exec", "depth": 2})
    (old,) = world.tasks("practice", 1, 0, goal)
    ctx = context(environment=world, labels="train")
    _, back = Mask()([Experience(task=old)], ctx)
    assert back.task.reference == Reference(old.fields["list"])
    assert back.task.parameters["root"] == old.id
    assert world.check(back.task, tried("3+4", old.fields["list"])[0].solution).passed  # type: ignore[arg-type]
    assert len(Mask(form="declare")([Experience(task=old)], ctx)) == 1
