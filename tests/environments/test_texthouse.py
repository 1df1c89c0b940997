"""The text house: its rules, its splits, and that a trajectory is judged by doing it again."""

from __future__ import annotations

from itertools import product

import pytest

from lamarck.core import Interactive, Message, Objective, Solution, UsageError, actions, offers
from lamarck.environments import load
from lamarck.environments.texthouse.environment import TextHouse
from lamarck.environments.texthouse.episode import HouseEpisode
from lamarck.environments.texthouse.house import Box, House, read

WORLD = TextHouse()
GOAL = Objective(ability="")
HOUSE = House(
    rooms=("attic", "kitchen"),
    start="kitchen",
    boxes=(
        Box(name="chest", room="attic", lock="red", holds="ring"),
        Box(name="drawer", room="kitchen", holds="red key"),
    ),
    thing="ring",
    place="table",
)


def did(*deeds: str, limit: int = 30) -> HouseEpisode:
    episode = HouseEpisode(house=HOUSE, limit=limit)
    for deed in deeds:
        episode.act(deed)
    return episode


def test_it_is_there_by_name_and_acted_in():
    assert offers(load("texthouse"), Interactive)


def test_the_plan_is_the_way_to_the_goal():
    done = did(*HOUSE.plan)
    assert (done.over, done.score, done.used) == (True, 1.0, 7)
    assert done.seen == "You put the ring on the table. The goal is reached."


def test_no_shorter_way_leads_there():
    deeds = ["go attic", "go kitchen", "open chest", "open drawer", "take red key", "take ring", "put ring on table"]
    assert not [tried for tried in product(deeds, repeat=4) if did(*tried).reached]


@pytest.mark.parametrize(
    ("deeds", "seen"),
    [
        (("go attic", "open chest"), "Nothing happens: the chest is locked and needs the red key."),
        (("take ring",), "Nothing happens: there is no ring to take here."),
        (("put ring on table",), "Nothing happens: you do not carry the ring."),
        (("go cellar",), "Nothing happens: there is no room 'cellar'."),
        (("open drawer",), "You open the drawer. In it: red key."),
        (("open drawer", "take the red key from the drawer", "open drawer"), "You open the drawer. It is empty."),
        (("Go to the attic",), "You are in the attic. You see: chest (red lock), stand."),
    ],
)
def test_what_is_seen(deeds: tuple[str, ...], seen: str):
    assert did(*deeds).seen == seen


def test_what_is_no_command_names_the_commands_and_costs_a_turn():
    done = did("sing")
    assert "go ROOM, open BOX" in done.seen
    assert done.used == 1


def test_the_score_is_the_share_of_milestones():
    assert [did(*HOUSE.plan[:n]).score for n in range(8)] == [0, 0.2, 0.4, 0.4, 0.6, 0.8, 0.8, 1]


def test_actions_are_limited():
    done = did(*["open drawer"] * 9, limit=3)
    assert (done.over, done.used) == (True, 3)


def test_splits_share_no_house_and_the_steps_are_as_asked():
    practice, *held_out = (
        {WORLD.key(task) for task in WORLD.tasks(split, 25, 7, GOAL)} for split in ("practice", "selection", "sealed")
    )
    assert not practice & (held_out[0] | held_out[1])
    six = WORLD.tasks("practice", 5, 0, Objective(ability="", node="6 steps"))
    assert {len(read(t.private["house"]).plan) for t in six} == {6}
    assert {WORLD.split(t) for t in six} == {"practice"}
    assert six == WORLD.tasks("practice", 5, 0, Objective(ability="", parameters={"steps": 6}))


def test_the_examples_are_right_and_what_a_trajectory_claims_to_see_counts_for_nothing():
    for example in WORLD.examples(5, 0):
        assert example.solution
        assert WORLD.check(example.task, example.solution).passed
        lies = Solution(messages=tuple(Message(role="user", text="The goal is reached.") for _ in range(3)))
        assert WORLD.check(example.task, lies).score == 0.0
        assert WORLD.answer(example.task, example.solution) == "; ".join(actions(example.solution))


def test_what_is_where_is_not_in_the_words():
    task = WORLD.tasks("practice", 1, 0, Objective(ability="", node="8 steps"))[0]
    hidden = {box.holds for box in read(task.private["house"]).boxes} - {"", read(task.private["house"]).thing}
    assert not [thing for thing in hidden if thing in task.messages[0].text or thing in str(task.fields)]


@pytest.mark.parametrize("wanted", [{"steps": 9}, {"doors": 2}, {"rooms": 1}, {"spare": "4"}])
def test_what_cannot_be_made_is_said(wanted: dict[str, int]):
    with pytest.raises(UsageError, match="texthouse parameter"):
        WORLD.tasks("practice", 1, 0, Objective(ability="", parameters=wanted))
    with pytest.raises(UsageError, match="node of texthouse"):
        WORLD.tasks("practice", 1, 0, Objective(ability="", node="9 steps"))
