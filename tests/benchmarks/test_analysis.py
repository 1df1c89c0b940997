"""The figures by hand: pairing by item inside a seed, Student's interval over seeds, and what a claim makes of it."""

import math
from dataclasses import replace

import pytest
from benchmarks.evidence.analysis import T_975, Difference, compared, difference, outcome, student
from benchmarks.evidence.plan import Claim, Side
from tests.benchmarks.literal import PLAN, card

from lamarck.core import Scorecard

BASE = card("b", 0, 0, 1, 0)
CARDS: dict[tuple[str, int], tuple[Scorecard, Scorecard]] = {
    ("recipe", 0): (BASE, card("r0", 1, 0, 1, 0, guarded=(1.0, 0.0), clean=(-0.1, -0.3))),
    ("recipe", 1): (BASE, card("r1", 1, 1, 1, 0)),
    ("recipe", 2): (BASE, card("r2", 1, 1, 1, 0)),
    ("off", 0): (BASE, card("o0", 0, 0, 1, 0, clean=(-0.3, -0.4))),
    ("off", 1): (BASE, card("o1", 0, 0, 0, 0)),
    ("few", 0): (BASE, card("f0", 1, 1, 1, 1)),
}


def test_the_interval_is_students():
    # 25, 50, 50: mean 125/3, standard deviation 14.434, t(2) = 4.303
    mean, low, high = student([25.0, 50.0, 50.0])
    half = 4.303 * math.sqrt(((25 - 125 / 3) ** 2 + 2 * (50 - 125 / 3) ** 2) / 2) / math.sqrt(3)
    assert mean == pytest.approx(125 / 3)
    assert (low, high) == (pytest.approx(125 / 3 - half), pytest.approx(125 / 3 + half))
    assert half == pytest.approx(35.858, abs=1e-2)
    assert student([7.0]) == (7.0, None, None)
    assert student([]) == (None, None, None)


def test_the_table_of_t_has_the_known_values():
    assert (T_975[0], T_975[3], T_975[8], T_975[18]) == (12.706, 2.776, 2.262, 2.093)
    assert list(T_975) == sorted(T_975, reverse=True)


def test_differences_are_paired_inside_a_seed_and_only_where_both_are():
    found = difference(CARDS, Side(), Side(arm="off"))
    assert found.seeds == (0, 1)
    assert found.values == (25.0, 75.0)
    assert found.mean == 50
    assert difference(CARDS, Side(), Side(arm="few")).values == (-50.0,)


def test_pairing_goes_by_item_not_by_place():
    turned = card("t", 0, 1, 0, 1)
    target = replace(turned.target, items=tuple("dcba"))
    cards = {("recipe", 0): (replace(turned, scores=(target, *turned.scores[1:])), card("r", 1, 0, 1, 0))}
    assert difference(cards, Side(), Side(who="base")).values == (0.0,)  # d=0 c=1 b=0 a=1, so the same as the other
    other = {("recipe", 0): (card("short", 1, 0, 1), card("r", 1, 0, 1, 0))}
    with pytest.raises(ValueError, match="different items"):
        difference(other, Side(), Side(who="base"))


def test_protected_abilities_and_likelihood_have_their_own_units():
    only = {key: pair for key, pair in CARDS.items() if key in (("recipe", 0), ("off", 0))}
    assert difference(only, Side(metric="small toys"), Side(metric="small toys", who="base")).values == (-50.0,)
    nats = difference(only, Side(metric="likelihood"), Side(arm="off", metric="likelihood"))
    assert nats.values == (pytest.approx(0.15),)  # nats, not points
    with pytest.raises(ValueError, match="off has no 'pass@9'; it has greedy"):
        difference(only, Side(), Side(arm="off", metric="pass@9"))


@pytest.mark.parametrize(
    ("low", "high", "above", "below", "holds"),
    [
        (0.1, 9.0, 0.0, None, "yes"),
        (-0.1, 9.0, 0.0, None, "open"),
        (-9.0, -0.1, 0.0, None, "no"),
        (-3.0, 1.9, None, 2.0, "yes"),
        (-3.0, 2.1, None, 2.0, "open"),
        (2.1, 5.0, None, 2.0, "no"),
        (None, None, 0.0, None, "open"),
    ],
)
def test_a_claim_holds_only_with_its_whole_interval(
    low: float | None, high: float | None, above: float | None, below: float | None, holds: str
):
    found = Difference(seeds=(0, 1), values=(1.0, 2.0), mean=1.5, low=low, high=high)
    claim = Claim(text="it rises", more=Side(), less=Side(who="base"), above=above, below=below)
    assert outcome(claim, found).holds == holds


def test_every_arm_is_compared_and_the_claims_are_answered():
    plain = {key: tuple(replace(c, scores=c.scores[:2]) for c in pair) for key, pair in CARDS.items()}
    result = compared(PLAN, {key: (pair[0], pair[1]) for key, pair in plain.items()})
    assert list(result.over_arms) == ["off", "few"]
    assert result.over_base["recipe"]["greedy"].values == (25.0, 50.0, 50.0)
    assert result.over_base["off"]["greedy"].values == (0.0, -25.0)
    assert [claim.holds for claim in result.claims] == ["yes", "open"]


def test_an_arm_without_any_run_leaves_its_claims_open():
    result = compared(PLAN, {})
    assert [claim.holds for claim in result.claims] == ["open", "open"]
    assert result.claims[0].difference.mean is None
