"""Intervals and pass@k against numbers worked out by hand or from textbooks."""

import pytest

from lamarck.core import Score, Scorecard, interval, pass_at_k


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # z^2 / (n + z^2) = 3.8415 / 13.8415
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),  # 0.5 -+ 1.96 sqrt(0.025 + 3.8415/400) / 1.38415
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),  # the same
    ],
)
def test_wilson(right: int, n: int, low: float, high: float):
    found = interval([1.0] * right + [0.0] * (n - right))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.value, found.items) == (right / n, n)


def test_shares_have_a_normal_interval():
    found = interval([0.25, 0.5, 0.75])  # variance 1/16, so 0.5 -+ 1.95996 * 0.25 / sqrt(3)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2171, 0.7829)


def test_an_interval_stays_within_0_and_1():
    assert interval([0.5]).low == 0.0
    assert interval([0.9, 1.0, 0.2]).high == 1.0


def test_no_items():
    with pytest.raises(ValueError, match="at least one item"):
        interval([])


@pytest.mark.parametrize(
    ("samples", "right", "k", "chance"),
    [
        (4, 1, 1, 1 / 4),
        (4, 1, 2, 1 / 2),
        (4, 2, 2, 5 / 6),
        (5, 2, 3, 9 / 10),
        (4, 3, 2, 1.0),
        (4, 0, 4, 0.0),
        (16, 1, 16, 1.0),
    ],
)
def test_pass_at_k(samples: int, right: int, k: int, chance: float):
    assert pass_at_k(samples, right, k) == pytest.approx(chance)


@pytest.mark.parametrize(("samples", "right", "k"), [(4, 5, 1), (4, -1, 1), (4, 1, 0), (4, 1, 5)])
def test_pass_at_k_of_nonsense(samples: int, right: int, k: int):
    with pytest.raises(ValueError, match="is not defined"):
        pass_at_k(samples, right, k)


def test_a_scorecard_goes_by_its_metric():
    score = Score(
        ability="sums", metrics={"greedy": (1.0, 0.0), "pass@1": (0.5, 0.0)}, items=("a", "b"), split="selection"
    )
    assert Scorecard(learner="x", scores=(score,), metric="pass@1").value == 0.25
    assert score.estimate("greedy").value == 0.5
