"""The gate says "worse" of a worse learner and "better" of a better one, and draws until it can."""

from __future__ import annotations

from collections.abc import Sequence, Set

import pytest

from lamarck.core import Gate, Parties, Score, Scorecard, Sitting, Sittings, Verdict
from lamarck.trust import Guard, Open, Strict

Outcomes = dict[str, list[float]]
"""Ability -> one outcome an item."""


def share(right: int, of: int = 150) -> list[float]:
    """So many right items, then wrong ones."""
    return [1.0] * right + [0.0] * (of - right)


def card(name: str, outcomes: Outcomes, first: int = 0) -> Scorecard:
    """Puzzles are the target; items are numbered on from ``first``."""
    scores = [
        Score(
            ability=ability,
            metrics={"greedy": tuple(values)},
            items=tuple(str(first + i) for i in range(len(values))),
            split="selection",
            protected=ability != "puzzles",
        )
        for ability, values in outcomes.items()
    ]
    return Scorecard(learner=name, scores=tuple(scores), metric="greedy")


def sitting(first: int = 0, **learners: Outcomes) -> Sitting:
    return [card(name, outcomes, first) for name, outcomes in learners.items()]


def nothing(_abilities: Sequence[str], _met: Set[str]) -> Sitting:
    """Items are not free."""
    return []


def decide(gate: Gate, *sittings: Sitting, candidate: str = "new", champion: str = "old", best: str = "old") -> Verdict:
    """The last sitting is this round's; the base is the best unless a sitting has it."""
    base = "base" if any(one.learner == "base" for one in sittings[-1]) else best
    parties = Parties(candidate=candidate, champion=champion, best=best, base=base)
    return gate.decide(Sittings(earlier=sittings[:-1], now=[sittings[-1]], draw=nothing), parties)


def outcomes(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    return [(one.learner, one.ability, one.against, one.outcome) for one in verdict.comparisons]


def test_a_better_learner_is_promoted_and_becomes_the_best():
    verdict = decide(Guard(rounds=5), sitting(new={"puzzles": share(140)}, old={"puzzles": share(60)}))
    assert (verdict.decision, verdict.champion, verdict.best) == ("promoted", "new", "new")
    assert outcomes(verdict) == [("candidate", "puzzles", "champion", "better")]


def test_a_worse_learner_is_rolled_back_with_the_ability_named():
    verdict = decide(Guard(rounds=5), sitting(new={"puzzles": share(30)}, old={"puzzles": share(75)}))
    assert (verdict.decision, verdict.champion, verdict.best) == ("rolled back", "old", "old")
    assert "puzzles -30.0 points against champion" in verdict.reason


def test_losing_a_protected_ability_is_enough():
    new, old = {"puzzles": share(150), "sums": share(240, 300)}, {"puzzles": share(75), "sums": share(300, 300)}
    verdict = decide(Guard(rounds=5), sitting(new=new, old=old))
    assert verdict.decision == "rolled back"
    assert "sums" in verdict.reason
    assert decide(Strict(rounds=5), sitting(new=new, old=old)).decision == "rolled back"


def test_a_safe_learner_is_promoted_and_the_best_stays():
    verdict = decide(Guard(rounds=5), sitting(new={"puzzles": share(500, 1000)}, old={"puzzles": share(500, 1000)}))
    assert (verdict.decision, verdict.champion, verdict.best) == ("promoted", "new", "old")


def test_small_losses_do_not_add_up_because_the_best_is_compared_too():
    verdict = decide(
        Guard(rounds=5),
        sitting(new={"puzzles": share(119)}, old={"puzzles": share(127)}, top={"puzzles": share(135)}),
        best="top",
    )
    assert verdict.decision == "rolled back"
    assert outcomes(verdict) == [
        ("champion", "puzzles", "best", "undecided"),
        ("candidate", "puzzles", "champion", "undecided"),
        ("candidate", "puzzles", "best", "worse"),
    ]


def test_a_protected_ability_is_compared_with_the_base():
    now = sitting(
        new={"puzzles": share(100), "sums": share(200, 300)},
        old={"puzzles": share(100), "sums": share(204, 300)},
        base={"puzzles": share(100), "sums": share(290, 300)},
    )
    verdict = decide(Guard(rounds=5), now)
    assert verdict.decision == "rolled back"
    assert [(a, r) for _, a, r, outcome in outcomes(verdict) if outcome == "worse"] == [("sums", "base")]


def test_the_same_pair_is_compared_once():
    both: Outcomes = {"puzzles": share(75), "sums": share(75)}
    assert len(decide(Guard(), sitting(new=both, old=both)).comparisons) == 2


def test_too_few_items_promote_only_provisionally_and_the_reason_says_how_many_would_do():
    now = sitting(new={"puzzles": [1.0, 0.0, 1.0] * 20}, old={"puzzles": [0.0, 1.0, 1.0] * 20})
    verdict = decide(Guard(rounds=5), now)
    assert (verdict.decision, verdict.champion, verdict.best) == ("provisional", "new", "old")
    assert "undecided on puzzles: 60 items against champion show differences from 38.7 points" in verdict.reason
    assert "more would show 5" in verdict.reason


def test_strict_leaves_what_is_not_shown():
    equal = sitting(new={"puzzles": share(500, 1000)}, old={"puzzles": share(500, 1000)})
    verdict = decide(Strict(rounds=5), equal)
    assert (verdict.decision, verdict.champion) == ("rolled back", "old")
    new: Outcomes = {"puzzles": share(140), "sums": share(20, 30)}
    undecided = decide(Strict(rounds=5), sitting(new=new, old={"puzzles": share(60), "sums": share(20, 30)}))
    assert undecided.decision == "rolled back"
    assert "undecided on sums" in undecided.reason
    better = decide(Strict(rounds=5), sitting(new={"puzzles": share(140)}, old={"puzzles": share(60)}))
    assert (better.decision, better.champion, better.best) == ("promoted", "new", "new")


def test_strict_asks_for_better_than_champion_and_best():
    now = sitting(new={"puzzles": share(120)}, old={"puzzles": share(60)}, top={"puzzles": share(120)})
    assert decide(Strict(rounds=5), now, best="top").decision == "rolled back"
    assert decide(Guard(rounds=5), now, best="top").decision != "rolled back"


# --- a champion that is not yet the best ---


def earlier(right: int) -> Sitting:
    return sitting(old={"puzzles": share(right)}, top={"puzzles": share(75)})


def now(right: int) -> Sitting:
    """This round's new items of old and best, and a candidate like the best."""
    outcomes: dict[str, Outcomes] = {"new": {"puzzles": share(75)}, "old": {"puzzles": share(right)}}
    return sitting(150, **outcomes, top={"puzzles": share(75)})


def test_a_provisional_champion_is_withdrawn_once_all_its_items_show_that_it_is_worse():
    alone = decide(Guard(rounds=5), now(66), best="top")
    assert alone.withdrawn == ""
    verdict = decide(Guard(rounds=5), earlier(66), now(66), best="top")
    assert (verdict.withdrawn, verdict.best) == ("old", "top")
    assert ("champion", "puzzles", "best", "worse") in outcomes(verdict)
    assert "the champion was withdrawn, worse: puzzles -6.0 points against best" in verdict.reason


def test_after_that_the_candidate_is_judged_against_the_best():
    verdict = decide(Guard(rounds=5), earlier(60), now(60), best="top")
    compared = [(one.against, one.difference) for one in verdict.comparisons if one.learner == "candidate"]
    assert compared == [("champion", 0.0)]  # the champion now is the best
    assert verdict.champion == "new"


def test_a_withdrawn_champion_that_learned_nothing_makes_room_for_the_best():
    verdict = decide(Guard(rounds=5), earlier(60), now(60), candidate="old", best="top")
    assert (verdict.decision, verdict.champion, verdict.withdrawn) == ("no update", "top", "old")


def test_a_candidate_that_is_the_best_once_more_is_no_update_after_a_withdrawal():
    verdict = decide(Guard(rounds=5), earlier(60), now(60), candidate="top", best="top")
    assert (verdict.decision, verdict.champion, verdict.withdrawn) == ("no update", "top", "old")


def test_a_provisional_champion_becomes_the_best_once_all_its_items_show_that_it_is_better():
    assert decide(Guard(rounds=5), now(82), best="top").best == "top"
    verdict = decide(Guard(rounds=5), earlier(82), now(82), candidate="old", best="top")
    assert (verdict.champion, verdict.best, verdict.withdrawn) == ("old", "old", "")
    assert ("champion", "puzzles", "best", "better") in outcomes(verdict)


def test_a_lost_protected_ability_withdraws_too():
    was: Outcomes = {"puzzles": share(75), "sums": share(290, 300)}
    lost: Outcomes = {"puzzles": share(75), "sums": share(200, 300)}
    verdict = decide(Guard(rounds=5), sitting(new=was, old=lost, base=was), best="base")
    assert verdict.withdrawn == "old"
    assert ("champion", "sums", "base", "worse") in outcomes(verdict)


# --- further items ---


class Fresh:
    """Further looks at 200 items an ability: the new learner is right on so many of them, the old one on 100."""

    def __init__(self, right: int, **fixed: bool) -> None:
        self.right, self.fixed = right, fixed
        self.asked: list[list[str]] = []

    def __call__(self, abilities: Sequence[str], met: Set[str]) -> Sitting:
        self.asked.append(list(abilities))
        free = [ability for ability in abilities if not self.fixed.get(ability)]
        first = 1000 * len(self.asked)
        new, old = ({ability: share(right, 200) for ability in free} for right in (self.right, 100))
        return sitting(first, new=new, old=old)


def heard(gate: Gate, fresh: Fresh, abilities: Sequence[str] = ("puzzles",)) -> Verdict:
    new, old = ({ability: share(right, 200) for ability in abilities} for right in (fresh.right, 100))
    hearing = Sittings(earlier=[], now=[sitting(new=new, old=old)], draw=fresh)
    return gate.decide(hearing, Parties(candidate="new", champion="old", best="old", base="old"))


def test_it_draws_until_it_can_say_worse():
    fresh = Fresh(94)
    verdict = heard(Guard(rounds=20), fresh)
    assert verdict.decision == "rolled back"
    assert 2 <= len(fresh.asked) <= 5
    assert verdict.comparisons[0].items == 200 * (1 + len(fresh.asked))


def test_it_draws_until_it_can_say_safe():
    fresh = Fresh(98)
    verdict = heard(Guard(rounds=20), fresh)
    assert verdict.decision == "promoted"
    assert 1 <= len(fresh.asked) <= 5
    assert f"{1 + len(fresh.asked)} looks" in verdict.reason


def test_strict_draws_until_it_can_say_better():
    fresh = Fresh(106)
    verdict = heard(Strict(rounds=20), fresh)
    assert verdict.decision == "promoted"
    assert len(fresh.asked) >= 1


def test_it_stops_at_the_cap():
    fresh = Fresh(97)
    verdict = heard(Guard(rounds=20, margin=0.02, cap=600), fresh)
    assert verdict.decision == "provisional"
    assert verdict.comparisons[0].items == 600


def test_only_what_is_open_is_drawn_and_a_fixed_set_is_asked_once():
    fresh = Fresh(97, puzzles=True)
    verdict = heard(Guard(rounds=20, margin=0.02, cap=800), fresh, ["puzzles", "sums"])
    assert verdict.decision == "provisional"
    assert fresh.asked == [["puzzles", "sums"], ["sums"], ["sums"]]
    assert {one.ability: one.items for one in verdict.comparisons} == {"puzzles": 200, "sums": 800}


def test_the_interval_and_the_outcome_never_contradict_each_other():
    gate = Guard(rounds=3)
    for right in range(40, 111, 2):
        for one in decide(gate, sitting(new={"puzzles": share(right)}, old={"puzzles": share(75)})).comparisons:
            assert one.low <= one.difference <= one.high
            said = "worse" if one.high < 0 else "better" if one.low > 0 else "safe" if one.low > -0.05 else "undecided"
            assert one.outcome == said


# --- nothing to decide ---


@pytest.mark.parametrize("gate", [Guard(), Strict(), Open()])
def test_no_update_is_said_so(gate: Gate):
    verdict = decide(gate, sitting(old={"puzzles": share(75)}), candidate="old")
    assert (verdict.decision, verdict.champion) == ("no update", "old")


def test_the_open_gate_records_whatever_comes():
    verdict = decide(Open(), sitting(new={"puzzles": share(0)}, old={"puzzles": share(75)}))
    assert (verdict.decision, verdict.champion, verdict.best) == ("recorded", "new", "old")


def test_learners_scored_on_different_items_are_not_compared():
    with pytest.raises(ValueError, match="different items"):
        decide(Guard(), [card("new", {"puzzles": share(10)}), card("old", {"puzzles": share(10)}, 5)])
