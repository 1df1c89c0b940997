"""Capital grows only where the mean is above what is bet against, and the intervals are what it rejects."""

import math

import numpy as np
import pytest

from lamarck.trust.betting import SHARES, Tally, log_capital, needed, smallest


def drawn(discordance: float, effect: float, items: int, seed: int = 0) -> list[float]:
    chances = [(discordance - effect) / 2, 1 - discordance, (discordance + effect) / 2]
    return list(np.random.default_rng(seed).choice([-1.0, 0.0, 1.0], p=chances, size=items))


def test_capital_is_the_mean_over_shares_of_the_product_over_items():
    differences, mean = [1.0, -1.0, 0.0, 0.5, 1.0], -0.1
    tally = Tally.of(differences)
    each = [math.prod(1 + share * (d - mean) / (1 + mean) for d in differences) for share in SHARES]
    assert log_capital(tally.values, tally.counts, mean) == pytest.approx(math.log(sum(each) / len(each)))


@pytest.mark.parametrize(
    ("values", "chances"), [((-1.0, 0.0, 1.0), (0.1, 0.8, 0.1)), ((-0.25, 0.0, 1.0), (0.4, 0.5, 0.1))]
)
def test_capital_does_not_grow_where_the_mean_is_what_is_bet_against(
    values: tuple[float, ...], chances: tuple[float, ...]
):
    mean = sum(v * c for v, c in zip(values, chances, strict=True))
    each = [
        c * float(np.exp(log_capital(np.array([v]), np.ones(1), mean))) for v, c in zip(values, chances, strict=True)
    ]
    assert sum(each) == pytest.approx(1.0)


def test_an_interval_ends_where_capital_stops_rejecting():
    tally = Tally.of(drawn(0.2, 0.03, 800))
    low, high = tally.low(0.01), tally.high(0.002)
    assert low < tally.mean < high
    assert float(log_capital(tally.values, tally.counts, low)) >= math.log(100)
    assert float(log_capital(tally.values, tally.counts, low + 1e-4)) < math.log(100)
    assert float(log_capital(-tally.values, tally.counts, -high)) >= math.log(500)


def test_a_stricter_level_and_fewer_items_give_a_wider_interval():
    many, few = Tally.of(drawn(0.2, 0.0, 1000)), Tally.of(drawn(0.2, 0.0, 100))
    assert many.low(0.001) < many.low(0.05)
    assert few.low(0.05) < many.low(0.05)
    assert few.high(0.05) > many.high(0.05)


def test_nothing_is_known_without_items():
    empty = Tally.of([])
    assert (empty.items, empty.mean, empty.discordance, empty.low(0.05), empty.high(0.05)) == (0, 0.0, 0.0, -1.0, 1.0)


def test_items_nobody_disagrees_on_still_say_how_large_a_loss_can_be():
    agreed = Tally.of([0.0] * 1000)
    assert -0.02 < agreed.low(0.01) < 0 < agreed.high(0.01) < 0.02


def test_shares_of_right_samples_count_as_they_are():
    halves = Tally.of([0.5, -0.25, 0.5, 0.0])
    assert (halves.items, halves.mean) == (4, 0.1875)
    assert halves.discordance == pytest.approx((0.25 + 0.0625 + 0.25) / 4)


@pytest.mark.parametrize("wrong", [1.5, -2.0, math.nan])
def test_a_metric_beyond_0_to_1_is_refused(wrong: float):
    with pytest.raises(ValueError, match="outside -1 to 1"):
        Tally.of([0.0, wrong])


def ever(level: float, looks: int, runs: int, *, every: int) -> float:
    """How often equal learners are ever told apart in so many looks."""
    rng, values = np.random.default_rng(5), np.array([-1.0, 1.0])
    moves = rng.multinomial(every, [0.1, 0.1, 0.8], size=(runs, looks))[..., :2].cumsum(axis=1).astype(float)
    return float((log_capital(values, moves, 0.0) >= -math.log(level)).any(axis=1).mean())


def test_equal_learners_are_told_apart_no_more_often_than_the_level_however_often_one_looks():
    assert ever(0.05, 200, 2000, every=20) <= 0.05


def test_a_test_made_for_one_look_would_not_hold_that():
    rng = np.random.default_rng(5)
    moves = rng.multinomial(20, [0.1, 0.1, 0.8], size=(2000, 200))[..., :2].cumsum(axis=1)
    up, down = moves[..., 1], moves[..., 0]
    z = (up - down) / np.sqrt(np.maximum(up + down, 1))
    assert float((z > 1.645).any(axis=1).mean()) > 0.2


def test_the_interval_covers_the_mean_at_every_look():
    missed = 0
    for seed in range(100):
        differences = drawn(0.3, 0.05, 1500, seed)
        looks = [Tally.of(differences[:n]) for n in (50, 150, 400, 800, 1500)]
        missed += any(not t.low(0.05) <= 0.05 <= t.high(0.05) for t in looks)
    assert missed <= 10  # two sides at 0.05 each


def test_what_items_can_show_and_how_many_show_it_agree():
    level = 0.05 / 200
    effect = smallest(500, 0.2, level)
    assert needed(effect, 0.2, level) == pytest.approx(500, abs=1)
    assert smallest(2000, 0.2, level) < effect < smallest(100, 0.2, level)
    assert needed(0.05, 0.1, level) < needed(0.05, 0.3, level)
    counts = 500 * np.array([(0.2 - effect) / 2, (0.2 + effect) / 2])
    assert float(log_capital(np.array([-1.0, 1.0]), counts, 0.0)) == pytest.approx(-math.log(level), abs=1e-3)


def test_two_items_show_nothing():
    assert smallest(2, 0.2, 0.001) == 1.0
