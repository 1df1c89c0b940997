"""The small world's optional members: it reads answers, lets models invent, and makes examples by objective."""

import pytest
from tests.operators.given import task, tried

from lamarck.core import Inventing, Labelling, Objective, Prompt, Reading, offers
from lamarck.testing import ToyEnvironment

TOY = ToyEnvironment()
SUMS = Objective(ability="sums", node="add")


def test_it_is_all_that_an_environment_may_be():
    assert offers(TOY, Reading)
    assert offers(TOY, Inventing)
    assert offers(TOY, Labelling)


@pytest.mark.parametrize(("text", "answer"), [("= 7", "7"), ("3+4 = 8", "8"), ("no idea", None)])
def test_it_reads_the_answer_and_no_label(text: str, answer: str | None):
    (one,) = tried("3+4", text)
    assert one.solution
    assert TOY.answer(task(reference="99"), one.solution) == answer


def test_labelled_examples_follow_the_objective():
    made = TOY.labelled(12, 3, SUMS)
    assert {e.task.parameters["node"] for e in made} == {"add"}
    assert all(e.solution and TOY.check(e.task, e.solution).passed for e in made)
    assert {e.task.parameters["node"] for e in TOY.examples(12, 3)} == {"add", "subtract", "multiply"}


def test_an_invented_task_is_the_objectives_and_never_held_out():
    texts = [f"What is {a}+{b}" for a in range(31) for b in range(31)]
    made = [one for text in texts if (one := TOY.invented(text, SUMS))]
    assert 300 < len(made) < 700
    assert {TOY.split(one) for one in made} == {one.split for one in made} == {"practice"}
    for text in ("3-4", "nothing", "31+2", "12345678+1"):
        assert TOY.invented(text, SUMS) is None


def test_the_brief_says_what_is_wanted():
    assert TOY.brief(SUMS, 0) == {"wanted": "+", "highest": "30"}
    drawn = {TOY.brief(Objective(ability="sums", parameters={"highest": 9}), seed)["wanted"] for seed in range(20)}
    assert drawn == {"+", "-", "*"}


def test_what_a_script_writes_by_the_prompts_name():
    judged = Prompt(name="x/judge", fields={**task("3+4").fields, "solution": "= 7"})
    assert (TOY.right(judged, 0), TOY.wrong(judged, 0)) == ("Score: 5", "Score: 1")
    asked = Prompt(name="self_instruct/task", fields={**TOY.brief(SUMS, 0), "brief": ""})
    assert "+" in TOY.right(asked, 1)
    assert TOY.invented(TOY.wrong(asked, 1), SUMS) is None
