"""The kitchen: its rules, and what the other cook does."""

from __future__ import annotations

import pytest

from lamarck.core import Interactive, Objective, UsageError, offers
from lamarck.environments import load
from lamarck.environments.kitchen.environment import Kitchen
from lamarck.environments.kitchen.episode import ShiftEpisode
from lamarck.environments.kitchen.shift import Shift

KITCHEN = Kitchen()
GOAL = Objective(ability="")


def did(partner: str, *deeds: str, switch: int = 0, soups: int = 1, limit: int = 20) -> ShiftEpisode:
    episode = ShiftEpisode(shift=Shift(partner=partner, need=2, soups=soups, limit=limit, switch=switch))
    for deed in deeds:
        episode.act(deed)
    return episode


def test_it_is_there_by_name_and_acted_in():
    assert offers(load("kitchen"), Interactive)


def test_alone_it_takes_two_turns_more_than_onions():
    done = did("lazy", "onion", "onion", "dish", "serve")
    assert (done.over, done.score, done.turn) == (True, 1.0, 4)
    assert done.seen.startswith("You: serve. The other cook: wait.")


@pytest.mark.parametrize(
    ("partner", "deeds", "score"),
    [
        ("fetcher", ("dish", "wait", "serve"), 1.0),
        ("server", ("onion", "onion"), 1.0),
        ("switcher", ("wait", "wait", "wait", "wait"), 1.0),
        ("lazy", ("wait", "wait", "wait"), 0.0),
    ],
)
def test_what_the_other_cook_adds(partner: str, deeds: tuple[str, ...], score: float):
    assert did(partner, *deeds, switch=3).score == score


@pytest.mark.parametrize(
    ("deeds", "why"),
    [
        (("serve",), "you hold no dish"),
        (("dish", "serve"), "the pot has 0 of 2 onions"),
        (("dish", "dish"), "you hold a dish already"),
        (("onion", "onion", "onion"), "the pot is full"),
        (("onion or dish",), "is no skill"),
    ],
)
def test_what_cannot_be_done_is_said_and_costs_a_turn(deeds: tuple[str, ...], why: str):
    done = did("lazy", *deeds)
    assert why in done.seen
    assert done.turn == len(deeds)


def test_the_score_is_the_share_of_the_soups_and_turns_are_limited():
    done = did("lazy", "onion", "onion", "dish", "serve", *["wait"] * 9, soups=4, limit=6)
    assert (done.over, done.score, done.turn) == (True, 0.25, 6)


def test_the_words_do_not_say_who_the_other_cook_is_and_splits_share_no_shift():
    found = {split: KITCHEN.tasks(split, 40, 1, GOAL) for split in ("practice", "selection", "sealed")}
    keys = [KITCHEN.key(task) for tasks in found.values() for task in tasks]
    assert len(set(keys)) == 120
    for task in found["practice"]:
        assert KITCHEN.split(task) == "practice"
        assert str(task.parameters["partner"]) not in task.messages[0].text
        assert str(task.parameters["partner"]) not in str(task.fields)
    assert len(KITCHEN.tasks("selection", None, 0, GOAL)) == 100


def test_a_node_names_the_other_cook():
    assert {t.parameters["partner"] for t in KITCHEN.tasks("practice", 5, 0, Objective(ability="", node="lazy"))} == {
        "lazy"
    }
    with pytest.raises(UsageError, match="partner of kitchen"):
        KITCHEN.tasks("practice", 1, 0, Objective(ability="", parameters={"partner": "idle"}))
