"""The length-controlled win rate gives numbers that can be checked by hand, and knows quality from length."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

from lamarck.trust import lasso
from lamarck.trust.length_control import Compared, length_controlled, on_scale, shared


def chance(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def judged(
    n: int, quality: float, length: float, *, padded: float = 0.0, share: float = 0.5, seed: int = 0
) -> Compared:
    """Pairs of answers whose lengths differ by luck, judged with a taste for length that levels off.

    ``padded``: neutral text, in characters, that stands behind a share of this side's answers.
    """
    rng = Random(seed)
    mine = [rng.gauss(1000, 200) + padded * (rng.random() < share) for _ in range(n)]
    theirs = [rng.gauss(1000, 200) for _ in range(n)]
    unit = 280.0
    likes = [chance(quality + length * math.tanh((a - b) / unit)) for a, b in zip(mine, theirs, strict=True)]
    return Compared(preferences=[float(rng.random() < one) for one in likes], mine=mine, theirs=theirs)


def test_without_a_difference_in_length_it_is_the_raw_rate():
    found = length_controlled(Compared(preferences=[1, 1, 1, 0, 0.5] * 40, mine=[9] * 200, theirs=[9] * 200))
    assert found.rate == pytest.approx(found.raw, abs=1e-3)
    assert found.raw == 0.7
    assert found.error == pytest.approx(found.raw_error, rel=0.02)
    assert found.weights[0] == 0


def test_where_both_sides_are_alike_it_is_a_half():
    """Each pair stands there twice, once turned."""
    once = judged(300, 0.7, 1.5)
    both = Compared(
        preferences=[*once.preferences, *(1 - p for p in once.preferences)],
        mine=[*once.mine, *once.theirs],
        theirs=[*once.theirs, *once.mine],
    )
    found = length_controlled(both)
    assert found.rate == pytest.approx(0.5, abs=1e-6)
    assert found.raw == 0.5


def test_the_win_of_a_long_answer_is_taken_apart_by_hand():
    """Equal differences up and down: one weight tells all. Wins are 9 of 10 when longer, 3 of 10 when shorter."""
    wins = [1.0] * 9 + [0.0] + [1.0] * 3 + [0.0] * 7
    sizes = [200.0] * 10 + [0.0] * 10
    found = length_controlled(Compared(preferences=wins * 20, mine=sizes * 20, theirs=[100.0] * 400))
    up, down = math.log(9), math.log(3 / 7)  # log odds of a win; half their sum is what is left at no difference
    assert found.raw == 0.6
    assert found.rate == pytest.approx(chance((up + down) / 2), abs=0.005)
    reach = math.tanh(1 / math.sqrt(400 / 399))
    assert found.weights[0] == pytest.approx((up - down) / 2 / reach, abs=0.03)


def test_known_weights_are_found_again():
    rng, n = Random(1), 8_000
    mine = [rng.gauss(1000, 300) for _ in range(n)]
    hard = [rng.gauss(0, 1) for _ in range(n)]
    unit = float(np.std([a - 1000 for a in mine], ddof=1))
    likes = [chance(1.2 * math.tanh((a - 1000) / unit) - 0.8 * h + 0.3) for a, h in zip(mine, hard, strict=True)]
    found = length_controlled(Compared(preferences=likes, mine=mine, theirs=[1000] * n, difficulty=hard))
    assert found.weights == pytest.approx((1.2, -0.8, 0.3), abs=0.01)
    assert found.rate == pytest.approx(np.mean([chance(0.3 - 0.8 * h) for h in hard]), abs=1e-3)
    assert found.spread == pytest.approx(np.std([chance(0.3 - 0.8 * h) for h in hard]) / math.sqrt(n), rel=0.02)


@pytest.mark.parametrize("padded", [300.0, -300.0])
def test_neutral_text_moves_the_raw_rate_and_not_the_controlled_one(padded: float):
    plain, other = judged(4000, 0.0, 1.5), judged(4000, 0.0, 1.5, padded=padded)
    before, after = length_controlled(plain), length_controlled(other)
    assert abs(after.raw - before.raw) > 0.08
    assert abs(after.rate - before.rate) < 3 * math.hypot(before.error, after.error)
    assert abs(after.rate - before.rate) < 0.03


def test_quality_is_not_taken_for_length():
    found = length_controlled(judged(4000, 0.8, 1.5, padded=300.0))
    assert found.rate == pytest.approx(chance(0.8), abs=0.03)
    assert found.raw > found.rate + 0.03


def test_the_error_is_as_wide_as_the_rate_spreads():
    found = [length_controlled(judged(300, 0.4, 1.5, padded=400.0, share=0.8, seed=seed)) for seed in range(30)]
    spread = float(np.std([one.rate for one in found], ddof=1))
    assert float(np.mean([one.error for one in found])) == pytest.approx(spread, rel=0.35)
    assert max(one.spread for one in found) < 1e-12  # what AlpacaEval prints knows of no weight's error


def test_a_length_that_always_differs_by_the_same_tells_nothing():
    found = length_controlled(Compared(preferences=[1, 0, 1, 1] * 10, mine=[150] * 40, theirs=[100] * 40))
    assert found.error == math.inf
    assert found.rate == pytest.approx(0.75, abs=0.01)


def test_anchors_tell_length_apart_where_the_pairs_cannot():
    """All answers are shorter by nearly the same, as a terse model's are; the opponent's own terse answers help."""
    rng = Random(2)
    mine = [rng.gauss(400, 20) for _ in range(600)]
    theirs = [1000.0] * 600
    low = Compared(preferences=[float(rng.random() < 0.3) for _ in range(600)], mine=mine, theirs=theirs)
    terse, wordy = judged(600, 0.0, 1.5, padded=-400, share=1, seed=3), judged(600, 0, 1.5, padded=400, share=1, seed=4)
    alone, anchored = length_controlled(low), length_controlled(low, [terse, wordy])
    assert anchored.error < 0.05
    assert alone.error == math.inf


def test_an_outcome_keeps_its_mean_without_lengths_share():
    """60 of 100 wins where length made 0.6 of 0.4, and 30 of 100 where it made 0.3 of 0.5."""
    for wins, now, then in ((60, 0.6, 0.4), (30, 0.3, 0.5)):
        p = np.array([1.0] * wins + [0.0] * (100 - wins))
        made = shared(p, np.full(100, now), np.full(100, then))
        assert made.mean() == pytest.approx(then)
        assert made.min() >= 0
        assert made.max() <= 1


def test_outcomes_have_the_controlled_rate_as_their_mean():
    found = length_controlled(judged(2000, 0.3, 1.5, padded=300.0))
    assert np.mean(found.outcomes) == pytest.approx(found.rate, abs=0.01)
    assert set(map(bool, found.outcomes)) == {True, False}


@pytest.mark.parametrize(
    ("given", "read"), [(1, 0.0), (2, 1.0), (1.5, 0.5), (0, 0.5), (1.25, 0.25), (None, None), (math.nan, None)]
)
def test_preferences_of_alpaca_eval(given: float | None, read: float | None):
    assert on_scale(given) == read


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="AlpacaEval's lie from 1 to 2"):
        on_scale(0.7)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        Compared(preferences=[2.0], mine=[1], theirs=[1])
    with pytest.raises(ValueError, match="every item needs"):
        Compared(preferences=[1.0], mine=[1, 2], theirs=[1])
    with pytest.raises(ValueError, match="every item needs"):
        Compared(preferences=[], mine=[], theirs=[])


def test_the_least_is_found():
    """No weight moved by a little makes the sum smaller; one that tells nothing is zero."""
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=200), rng.normal(size=200), np.ones(200)])
    targets = (rng.random(200) < lasso.chance(rows[:, 0] - 0.5)).astype(float)
    weight = np.full(200, 1.0)
    beta = lasso.at(rows, targets, weight, 0.05, np.zeros(3))

    def cost(b: np.ndarray) -> float:
        x = rows @ b
        return float(0.05 * np.sum(np.logaddexp(0, x) - targets * x) + np.abs(b).sum())

    assert beta[1] == 0
    for j in range(3):
        for step in (1e-4, -1e-4):
            moved = beta.copy()
            moved[j] += step
            assert cost(moved) > cost(beta)
