"""The cards: their rules, and what is won with them against exact values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import sqrt
from random import Random
from statistics import fmean, stdev

import pytest

from lamarck.core import Interactive, Message, Objective, Solution, UsageError, offers
from lamarck.environments import load
from lamarck.environments.cards.deal import HANDS, SUIT, Deal, count, draw, soft
from lamarck.environments.cards.environment import Cards
from lamarck.environments.cards.episode import GameEpisode
from lamarck.likeness.ngrams import NGrams
from lamarck.trust.held import HeldOut

CARDS = Cards()
GOAL = Objective(ability="")
DEALS = 4000
Play = Callable[[Sequence[int], int], bool]
"""(own cards, the dealer's open card) -> whether to take another one."""
STIFF, NINE = (6, 10, 3, 9), (10, 9)
"""16, then 19; 19."""


def game(player: Sequence[int], dealer: Sequence[int], *deeds: str) -> GameEpisode:
    episode = GameEpisode(deal=Deal(player=tuple(player), dealer=tuple(dealer)))
    for deed in deeds:
        episode.act(deed)
    return episode


# --- the rules ---


def test_it_is_there_by_name_and_acted_in():
    assert offers(load("cards"), Interactive)


@pytest.mark.parametrize(
    ("cards", "made", "is_soft"),
    [((10, 6), 16, False), ((1, 6), 17, True), ((1, 6, 10), 17, False), ((1, 1), 12, True), ((1, 10), 21, True)],
)
def test_an_ace_counts_eleven_where_that_is_not_too_much(cards: Sequence[int], made: int, is_soft: bool):
    assert (count(cards), soft(cards)) == (made, is_soft)


@pytest.mark.parametrize(
    ("player", "dealer", "deeds", "score", "said"),
    [
        (STIFF, NINE, ("stand",), 0.0, "You stand. You have 6, 10. The dealer has 10, 9. You lose."),
        (STIFF, NINE, ("hit", "stand"), 0.5, "It is a draw."),
        (STIFF, (10, 8), ("hit", "stand"), 1.0, "You win."),
        (STIFF, (10, 6, 9), ("stand",), 1.0, "You win."),
        (STIFF, (10, 6, 9), ("hit", "hit"), 0.0, "You have 6, 10, 3, 9. That is over 21. You lose."),
        ((1, 10, 9, 9), (10, 9), (), 1.0, "You have ace, 10. The dealer has 10, 9. You win."),
        ((1, 10, 9, 9), (10, 1), (), 0.5, "It is a draw."),
        ((7, 7, 7, 7), (10, 1), ("hit",), 0.0, "You lose."),
    ],
)
def test_who_wins(player: Sequence[int], dealer: Sequence[int], deeds: Sequence[str], score: float, said: str):
    """Whoever goes over 21 first has lost; 21 with two cards beats any other 21."""
    done = game(player, dealer, *deeds)
    assert (done.over, done.score) == (True, score)
    assert done.seen.endswith(said)


def test_what_nobody_can_read_is_the_first_legal_action_and_is_told():
    done = game((2, 3, 4, 10, 10), NINE, "I fold", "hit or stand?")
    assert "'hit or stand?' is neither hit nor stand, so you hit. You take 10." in done.seen
    assert (done.over, len(done.hand)) == (False, 4)
    done.act("stand")
    done.act("hit")  # the game is over
    assert (done.over, len(done.hand)) == (True, 4)


def test_the_verdict_does_the_actions_again():
    task = CARDS.tasks("practice", 1, 0, GOAL)[0]
    boast = Message(role="user", text="You win.")
    said = Solution(messages=(*(Message(role="assistant", text="Action: hit"),) * 12, boast))
    verdict = CARDS.check(task, said)
    assert verdict.score in (0.0, 1.0)
    assert int(verdict.details["actions"] or 0) < 12
    assert CARDS.check(task, said) == verdict
    assert CARDS.check(task, Solution(messages=())).passed is False


# --- the tasks ---


def test_splits_share_no_game_and_the_words_tell_the_open_cards_alone():
    found = {split: CARDS.tasks(split, 60, 1, GOAL) for split in ("practice", "selection", "sealed")}
    keys = [CARDS.key(task) for tasks in found.values() for task in tasks]
    assert len(set(keys)) == 180
    for task in found["practice"]:
        assert CARDS.split(task) == "practice"
        assert task.messages[0].text.endswith(
            f"You have {task.fields['hand']}. The dealer shows {task.fields['dealer']}."
        )
        assert not CARDS.begin(task).over
    assert found["practice"] == CARDS.tasks("practice", 60, 1, GOAL)
    assert len(CARDS.tasks("selection", None, 0, GOAL)) == 100


def test_a_game_with_the_same_open_cards_as_a_held_out_one_is_another_game():
    """There are 550 ways to begin, so that many games begin alike: none is a copy of another, and each is of itself."""
    held = HeldOut(environment=CARDS, objective=GOAL, embed=NGrams())
    told = [task.messages[0].text for task in CARDS.tasks("practice", 200, 7, GOAL)]
    assert not held.found(told)
    item = CARDS.tasks("sealed", None, 0, GOAL)[0].messages[0].text
    assert item in held.found([item])


@pytest.mark.parametrize("hand", HANDS)
def test_a_node_is_the_kind_of_the_first_hand(hand: str):
    made = CARDS.tasks("practice", 12, 0, Objective(ability="", node=hand))
    assert {task.parameters["hand"] for task in made} == {hand}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"hand": "good"}, "hand of cards"), ({"decks": 9}, "decks=9.*from 1 to 8"), ({"bet": 1}, "cards parameter")],
)
def test_what_there_is_not_is_refused(parameters: dict[str, str | int], message: str):
    with pytest.raises(UsageError, match=message):
        CARDS.tasks("practice", 1, 0, Objective(ability="", parameters=parameters))


# --- what is won, against exact values ---


@cache
def ends(cards: tuple[int, bool]) -> dict[int, float]:
    """How likely a dealer with these cards, as sum and whether there is an ace, ends where; 22 = over 21.

    Cards are drawn from so many decks that what has gone changes nothing.
    """
    made, out = _made(*cards), dict[int, float]()
    if made >= 17:
        return {min(made, 22): 1.0}
    for card in SUIT:
        for end, chance in ends((cards[0] + card, cards[1] or card == 1)).items():
            out[end] = out.get(end, 0.0) + chance / len(SUIT)
    return out


def _made(total: int, ace: bool) -> int:
    return total + 10 if ace and total <= 11 else total


@cache
def standing(made: int, up: int) -> float:
    """What standing earns; two cards that make 21 are left out."""
    return sum(p * (1.0 if end == 22 or made > end else 0.5 * (made == end)) for end, p in ends((up, up == 1)).items())


@cache
def best(total: int, ace: bool, up: int) -> tuple[float, bool]:
    """The most that can be earned, and whether it takes another card."""
    made = _made(total, ace)
    if made > 21:
        return 0.0, False
    hit = fmean(best(total + card, ace or card == 1, up)[0] for card in SUIT)
    stand = standing(made, up)
    return max(hit, stand), made < 21 and hit > stand


def basic(cards: Sequence[int], up: int) -> bool:
    return best(sum(cards), 1 in cards, up)[1]


def mimic(cards: Sequence[int], up: int) -> bool:
    return count(cards) < 17


def never(cards: Sequence[int], up: int) -> bool:
    return False


def earned(deal: Deal, play: Play) -> float:
    episode = GameEpisode(deal=deal)
    while not episode.over:
        episode.act("hit" if play(episode.hand, deal.dealer[0]) else "stand")
    return episode.score


@pytest.fixture(scope="module")
def deals() -> list[Deal]:
    rng = Random("deals")
    return [draw(8, rng) for _ in range(DEALS)]


def test_a_dealer_ends_where_the_books_say(deals: list[Deal]):
    """Over 21 in 28.16 per cent of the games, where the shoe has no end."""
    exact = fmean(ends((up, up == 1))[22] for up in SUIT)
    assert exact == pytest.approx(0.2816, abs=0.0001)
    near(exact, [float(count(deal.dealer) > 21) for deal in deals])


def test_who_does_as_the_dealer_does_loses_by_going_over_first(deals: list[Deal]):
    """All else is equal for both, so the loss is half the chance that both go over: 46.04 points of 100."""
    over = fmean(ends((up, up == 1))[22] for up in SUIT)
    near(0.5 - over**2 / 2, [earned(deal, mimic) for deal in deals])


@pytest.mark.parametrize("play", [basic, never])
def test_what_a_way_to_play_earns_is_what_is_computed(play: Play, deals: list[Deal]):
    """Deals without 21 in two cards, where the computation holds."""
    played = [deal for deal in deals if not deal.natural]
    exact = fmean(expected(deal, play) for deal in played)
    near(exact, [earned(deal, play) for deal in played])


def expected(deal: Deal, play: Play) -> float:
    """What the best or the meekest play earns with these open cards, given that the dealer has no 21 in two."""
    cards, up = deal.player[:2], deal.dealer[0]
    raw = best(sum(cards), 1 in cards, up)[0] if play is basic else standing(count(cards), up)
    ten, ace = up == 10, up == 1
    natural = 4 / 13 if ace else 1 / 13 if ten else 0.0
    return raw / (1 - natural)  # with a dealer's 21 nothing is earned


def test_the_best_play_is_basic_strategy():
    """Hard hands stand from 17, against 4 to 6 from 12, against 2 and 3 from 13; soft ones from 18 or 19."""
    for up in range(2, 12):
        hard = 12 if up in (4, 5, 6) else 13 if up in (2, 3) else 17
        assert [made for made in range(12, 21) if basic((10, made - 10), up % 11 or 1)] == list(range(12, hard)), up
    assert all(basic((1, 6), up) for up in SUIT)
    assert [up for up in range(2, 11) if basic((1, 7), up)] == [9, 10]


def test_the_best_play_earns_more_than_the_dealers_way_on_the_same_cards(deals: list[Deal]):
    differences = [earned(deal, basic) - earned(deal, mimic) for deal in deals]
    assert fmean(differences) > 1.96 * stdev(differences) / sqrt(len(differences))


def near(exact: float, found: Sequence[float]) -> None:
    """Within three standard errors."""
    assert fmean(found) == pytest.approx(exact, abs=3 * stdev(found) / sqrt(len(found)))
