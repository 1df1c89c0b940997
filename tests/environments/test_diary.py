import pytest

from lamarck.core import Message, Objective, Solution, Task, UsageError
from lamarck.environments import load
from lamarck.environments.diary import Diary
from lamarck.environments.diary.script import DAYS, FACTS, PEOPLE, questions, turns

WORLD = Diary()
GOAL = Objective(ability="remembering")


def said(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


def value(task: Task) -> str:
    assert task.reference
    return task.reference.read()


def test_a_day_is_a_tenth_of_the_talk():
    tasks = WORLD.tasks("practice", None, 0, GOAL)
    days = [task.parameters["day"] for task in tasks]
    assert days == [day for day in range(1, DAYS + 1) for _ in range(2 * len(PEOPLE))]
    assert {task.stream for task in tasks} == set(PEOPLE)
    assert len({task.id for task in tasks}) == len({WORLD.key(task) for task in tasks}) == len(tasks)


def test_facts_change_and_the_questions_want_the_last():
    told = [turn for turn in turns() if turn.fact and not turn.is_question]
    for person in PEOPLE:
        towns = [turn.value for turn in told if (turn.person, turn.fact) == (person, "town")]
        assert len(towns) == 2
        assert towns[0] != towns[1]
        assert [q.value for q in questions() if (q.person, q.fact) == (person, "town")] == [towns[1]]


def test_half_of_the_people_ask_in_selection_and_half_in_the_sealed_split():
    selection, sealed = (WORLD.tasks(split, None, 0, GOAL) for split in ("selection", "sealed"))
    assert {t.stream for t in selection} | {t.stream for t in sealed} == set(PEOPLE)
    assert not {t.stream for t in selection} & {t.stream for t in sealed}
    assert len(selection) == len(sealed) == len(FACTS) * len(PEOPLE) / 2
    assert {t.parameters["node"] for t in selection} == {"stable", "changed"}


def test_an_answer_names_what_holds_and_nothing_else():
    (task, *_) = WORLD.tasks("selection", 1, 0, GOAL)
    right, other = value(task), next(town for town in FACTS["town"] if town != value(task))
    assert WORLD.check(task, said(f"You live in {right.upper()}, as you said.")).passed
    assert not WORLD.check(task, said(f"{right} or {other}")).passed
    assert not WORLD.check(task, said("I do not know.")).passed
    assert WORLD.answer(task, said(f"It is {right}.")) == right


def test_where_nothing_is_asked_any_reply_will_do():
    (task, *_) = WORLD.tasks("practice", 1, 0, GOAL)
    assert WORLD.check(task, said("I see.")).passed
    assert not WORLD.check(task, said(" ")).passed


def test_in_the_talk_what_held_that_day_is_right():
    talk = WORLD.tasks("practice", None, 0, GOAL)
    asked = [task for task in talk if task.parameters.get("fact") == "town" and task.stream == "Anna"]
    assert len({value(task) for task in asked}) == 2


def test_it_is_fixed_and_listed():
    assert WORLD.tasks("practice", 5, 0, GOAL) == WORLD.tasks("practice", 5, 9, GOAL)
    assert not WORLD.examples(3, 0)
    assert not WORLD.protected(3, 0)
    with pytest.raises(UsageError, match="no node or parameter"):
        WORLD.tasks("practice", 1, 0, Objective(ability="x", node="town"))
    assert isinstance(load("diary"), Diary)
