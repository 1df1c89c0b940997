"""Stories in shots: what is a plan, what is drawn, what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from lamarck.core import Message, Objective, Solution, Split, Task, UsageError
from lamarck.environments.stories import Shot, Stories, frame, shots

GOAL = Objective(ability="")
WORLD = Stories()


def told(*lines: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text="\n".join(lines)),))


def story() -> tuple[Task, list[str]]:
    (task,) = WORLD.tasks("practice", 1, 0, GOAL)
    return task, task.fields["people"].split(", ")


def good(people: list[str]) -> list[str]:
    one, two, three, four = people
    return [f"shot 1 | wide | 6 s | {one}, {two} | They meet.", f"Shot 2 | close | 4 s | {three}, {four} | They laugh."]


def test_splits_share_no_story_and_a_seed_makes_the_same_ones():
    splits: tuple[Split, ...] = ("practice", "selection", "sealed")
    made = {split: {task.fields["story"] for task in WORLD.tasks(split, 30, 1, GOAL)} for split in splits}
    assert not made["practice"] & made["selection"]
    assert not made["practice"] & made["sealed"]
    assert all(len(found) == 30 for found in made.values())
    assert WORLD.tasks("sealed", 5, 3, GOAL) == Stories().tasks("sealed", 5, 3, GOAL)
    with pytest.raises(UsageError, match="no node or parameter"):
        WORLD.tasks("practice", 1, 0, replace(GOAL, node="long"))


def test_a_good_plan_passes_and_is_drawn():
    task, people = story()
    solution = told("Outline: they meet.", *good(people))
    feedback = WORLD.check(task, solution)
    assert (feedback.passed, feedback.score, feedback.text) == (True, 1.0, "")
    frames = WORLD.frames(solution)
    assert len(frames) == 2
    for text in frames:
        assert isinstance(text, str)
        assert ElementTree.fromstring(text).tag.endswith("svg")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("| wide", "| near"), "cannot be read: shot 1 | near"),
        (("Shot 2", "Shot 3"), "not numbered from 1"),
        (("They laugh.", ""), "cannot be read: Shot 2"),
        (("| wide", "| close"), "the first shot is not wide"),
        (("6 s", "57 s"), "takes 61 s of 60 at most"),
        (("| They meet", ", Zoe | They meet"), "not in the story: Zoe"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], why: str):
    task, people = story()
    feedback = WORLD.check(task, told("\n".join(good(people)).replace(*change)))
    assert feedback.passed is False
    assert why in feedback.text


def test_who_is_never_shown_and_a_text_without_shots():
    task, people = story()
    assert WORLD.check(task, told(good(people)[0])).text == f"never shown: {people[2]}, {people[3]}"
    nothing = WORLD.check(task, told("I would film it."))
    assert nothing.score is not None
    assert nothing.score < 0.2
    assert "there is no shot" in nothing.text


def test_the_stand_in_has_room_for_three_and_a_user_brings_another_tool():
    task, people = story()
    plan = told(f"shot 1 | wide | 5 s | {', '.join(people)} | They meet.")
    assert WORLD.check(task, plan).text == "shot 1 cannot be drawn: a frame has room for 3 people, not for 4"
    assert Stories(draw=lambda shot: b"a picture").check(task, plan).passed

    def broken(shot: Shot) -> bytes:
        raise OSError("no connection")

    assert "cannot be drawn: no connection" in Stories(draw=broken).check(task, plan).text


def test_what_a_model_wrote_ends_no_picture():
    (shot,) = shots('shot 1 | close | 2 s | <b>"A"</b> | </svg><script>').shots
    assert "<script" not in frame(shot)
    ElementTree.fromstring(frame(shot))
