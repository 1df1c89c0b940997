"""The shop: its rules, and that tastes stay while shops change."""

from __future__ import annotations

import pytest

from lamarck.core import Interactive, Objective, UsageError, offers
from lamarck.environments import load
from lamarck.environments.shop.environment import Shop
from lamarck.environments.shop.episode import ErrandEpisode
from lamarck.environments.shop.stock import Errand, read, taste

SHOP = Shop()
GOAL = Objective(ability="")
ADA = taste("Ada")
RIGHT = f"{ADA['colour']} {ADA['size']} plain hat"
ERRAND = Errand(person="Ada", wanted="hat", wishes=("colour", "size"), articles=("red large plain bag", RIGHT))


def did(*deeds: str, limit: int = 8) -> ErrandEpisode:
    episode = ErrandEpisode(errand=ERRAND, limit=limit, price=0.1)
    for deed in deeds:
        episode.act(deed)
    return episode


def test_it_is_there_by_name_and_acted_in():
    assert offers(load("shop"), Interactive)


def test_what_is_liked_shows_when_it_is_asked_and_costs():
    asked = did("ask colour", "Ask about the style.")
    assert asked.seen == "Ada: the style does not matter."
    done = did("ask colour", "search hat", "buy 1")
    assert (done.over, done.score, done.questions) == (True, 0.9, 1)
    assert did("search hat", "buy 1").score == 1.0


def test_results_are_ranked_by_the_words_they_have():
    assert did("search plain hat").seen == f"Found: 1. {RIGHT}; 2. red large plain bag."
    assert did("search shoes").seen == "Nothing is found."


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        ("ask price", "there is no trait 'price'"),
        ("buy 1", "no article 1 is shown"),
        ("more", "there is nothing more"),
        ("dance", "is no command"),
    ],
)
def test_what_cannot_be_done_is_said_and_costs_an_action(deed: str, why: str):
    done = did(deed)
    assert why in done.seen
    assert (done.used, done.questions) == (1, 0)


def test_actions_are_limited_and_nothing_bought_earns_nothing():
    done = did(*["ask size"] * 5, limit=3)
    assert (done.over, done.score, done.questions) == (True, 0.0, 3)


def test_a_person_has_one_taste_and_one_stream_in_every_split():
    found = [t for split in ("practice", "selection", "sealed") for t in SHOP.tasks(split, 20, 3, GOAL)]
    assert len({SHOP.key(t) for t in found}) == 60
    assert all(t.stream == read(t.private["errand"]).person for t in found)
    assert all(t.split == SHOP.split(t) for t in found)
    assert not [
        t for t in found if any(value in t.messages[0].text for value in read(t.private["errand"]).liked.values())
    ]


def test_the_examples_are_right():
    for example in SHOP.examples(9, 0):
        assert example.solution
        assert SHOP.check(example.task, example.solution).passed


@pytest.mark.parametrize("wanted", [{"wishes": 4}, {"people": 0}, {"price": 2}, {"limit": "8"}, {"rooms": 1}])
def test_what_cannot_be_made_is_said(wanted: dict[str, int]):
    with pytest.raises(UsageError, match="shop parameter"):
        SHOP.tasks("practice", 1, 0, Objective(ability="", parameters=wanted))
    with pytest.raises(UsageError, match="node of shop"):
        SHOP.tasks("practice", 1, 0, Objective(ability="", node="9 wishes"))
