"""What the gate hears: an item counts once for a pair, whoever sat in which round, and looks have fresh items."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import pytest

from lamarck.core import Score, Scorecard, Sitting, Sittings


def score(ability: str, outcomes: dict[str, float], **fields: Any) -> Score:
    protected = ability != "puzzles"
    metric = {"greedy" if protected else "pass@1": tuple(outcomes.values())}
    return Score(
        ability=ability,
        metrics={**metric, "other": tuple(0.0 for _ in outcomes)},
        items=tuple(outcomes),
        split="selection",
        protected=protected,
        **fields,
    )


def card(learner: str, *scores: Score) -> Scorecard:
    return Scorecard(learner=learner, scores=scores, metric="pass@1")


def nothing(_abilities: Sequence[str], _met: Set[str]) -> Sitting:
    return []


def hearing(*sittings: Sitting) -> Sittings:
    return Sittings(earlier=sittings[:-1], now=[sittings[-1]], draw=nothing)


def test_abilities_are_the_target_and_the_protected_ones_not_the_targets_parts():
    part = score("puzzles", {"a": 1.0}, node="hard")
    now = [card("new", score("puzzles", {"a": 1.0}), part, score("sums", {"x": 1.0}))]
    assert hearing(now).abilities == ["puzzles", "sums"]


def test_each_ability_has_its_own_metric():
    now = [card("new", score("puzzles", {"a": 1.0}), score("sums", {"x": 1.0}))]
    assert [hearing(now).metric(ability) for ability in ("puzzles", "sums")] == ["pass@1", "greedy"]


def test_differences_are_paired_by_item_from_all_rounds_both_sat_in_oldest_first():
    first = [card("old", score("puzzles", {"a": 1.0, "b": 0.5})), card("top", score("puzzles", {"a": 0.0, "b": 0.5}))]
    alone = [card("old", score("puzzles", {"z": 1.0})), card("other", score("puzzles", {"z": 0.0}))]
    now = [
        card("new", score("puzzles", {"c": 1.0})),
        card("old", score("puzzles", {"c": 0.25})),
        card("top", score("puzzles", {"c": 1.0})),
    ]
    heard = hearing(first, alone, now)
    assert heard.differences("old", "top", "puzzles") == [1.0, 0.0, -0.75]
    assert heard.differences("top", "old", "puzzles") == [-1.0, 0.0, 0.75]
    assert heard.differences("new", "old", "puzzles") == [0.75]
    assert heard.differences("new", "other", "puzzles") == []


def test_an_item_that_is_met_again_counts_once_for_a_pair():
    first = [card("old", score("puzzles", {"a": 1.0})), card("top", score("puzzles", {"a": 0.0}))]
    again = [card("old", score("puzzles", {"a": 0.0, "b": 0.0})), card("top", score("puzzles", {"a": 0.0, "b": 1.0}))]
    assert hearing(first, again).differences("old", "top", "puzzles") == [1.0, -1.0]


def test_learners_scored_on_different_items_are_refused():
    now = [card("new", score("puzzles", {"a": 1.0})), card("old", score("puzzles", {"b": 1.0}))]
    with pytest.raises(ValueError, match="puzzles: the two learners were scored on different items"):
        hearing(now).differences("new", "old", "puzzles")


def test_more_draws_items_nobody_met_this_round_and_differences_grow():
    asked = list[tuple[list[str], set[str]]]()

    def draw(abilities: Sequence[str], met: Set[str]) -> Sitting:
        asked.append((list(abilities), set(met)))
        item = f"fresh {len(asked)}"
        return [card("new", score("sums", {item: 1.0})), card("old", score("sums", {item: 0.0}))]

    both = (score("puzzles", {"a": 1.0}), score("sums", {"x": 1.0}))
    heard = Sittings(earlier=[], now=[[card("new", *both), card("old", *both)]], draw=draw)
    assert heard.differences("new", "old", "sums") == [0.0]
    assert heard.more(["sums"])
    assert heard.more(["sums"])
    assert asked == [(["sums"], {"a", "x"}), (["sums"], {"a", "x", "fresh 1"})]
    assert heard.differences("new", "old", "sums") == [0.0, 1.0, 1.0]
    assert heard.differences("new", "old", "puzzles") == [0.0]
    assert heard.abilities == ["puzzles", "sums"]


@pytest.mark.parametrize("drawn", [[], [Scorecard(learner="new", scores=(), metric="pass@1")]])
def test_where_there_are_no_further_items_it_says_so(drawn: Sitting):
    both = (score("puzzles", {"a": 1.0}),)
    heard = Sittings(earlier=[], now=[[card("new", *both), card("old", *both)]], draw=lambda _abilities, _met: drawn)
    assert not heard.more(["puzzles"])
    assert len(heard.now) == 1
