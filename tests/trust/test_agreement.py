"""The mathematics of agreement on numbers that can be worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lamarck.trust.agreement import (
    Vote,
    accuracy,
    agreement,
    excess,
    kappa,
    lean,
    leaning,
    orders,
    position,
    settled,
    turned,
    win_rate,
)


def read(text: str) -> list[Any]:
    """A letter a vote; ``t`` is a tie, ``-`` what could not be read."""
    return [{"t": "tie", "-": None}.get(letter, letter) for letter in text]


@pytest.mark.parametrize(
    ("forward", "backward", "strict", "lenient"),
    [
        ("a", "a", "a", "a"),
        ("a", "b", "tie", "tie"),
        ("a", "tie", "tie", "a"),
        ("tie", "b", "tie", "b"),
        ("tie", "tie", "tie", "tie"),
        (None, "b", None, "b"),
        (None, None, None, None),
    ],
)
def test_two_orders_give_one_vote(forward: Vote, backward: Vote, strict: Vote, lenient: Vote):
    assert (settled(forward, backward), leaning(forward, backward)) == (strict, lenient)
    assert turned(settled(turned(forward), turned(backward))) == strict


def test_what_ties_and_errors_count_is_the_conventions():
    votes = read("abt-")
    truth = read("a") * 4
    assert accuracy(votes, truth).value == 0.5  # RewardBench: 1 + 0 + 1/2 + 1/2 of 4
    assert accuracy(votes, truth, ties="wrong", unread="wrong").value == 0.25  # JudgeBench
    assert accuracy(votes, truth, ties="wrong", unread="drop").value == 1 / 3
    assert accuracy(votes, truth, ties="drop", unread="drop").items == 2
    assert accuracy(["tie", "a"], ["tie", "tie"], ties="wrong").value == 0.5  # people's ties are a class of their own


def test_the_two_setups_of_mt_bench():
    judge: list[list[Vote]] = [["a"], ["tie"], ["b"], ["a"]]
    people: list[list[Vote]] = [["a", "b"], ["tie", "a"], ["b"], ["tie"]]
    # S1: pair by pair 1, 0 | 1, 0 | 1 | 0; S2 keeps 1, 0 | - | 1 | -
    assert agreement(judge, people).value == pytest.approx(3 / 6)
    assert (agreement(judge, people, ties=False).value, agreement(judge, people, ties=False).items) == (2 / 3, 3)
    # among people: (a, b) differ, (tie, a) differ, single votes have nobody to agree with
    assert (agreement(people, people, same=True).value, agreement(people, people, same=True).items) == (0.0, 2)


def test_four_shares_of_what_changing_places_does():
    forward = read("aabt-atb")
    backward = read("abatatab")
    found = orders(forward, backward)
    # consistent: 1st, 4th, 8th; first: 2nd and 6th; second: 3rd and 7th; error: 5th
    shares = [getattr(found, name).value for name in ("consistent", "first", "second", "error")]
    assert shares == [3 / 8, 2 / 8, 2 / 8, 1 / 8]


def test_position_bias_is_accuracy_by_place():
    forward = read("aaabaa")
    backward = read("babbba")
    # a is the better one in the 1st, 2nd and 6th
    better_first = [*(forward[i] == "a" for i in (0, 1, 5)), *(backward[i] == "b" for i in (2, 3, 4))]
    better_second = [*(backward[i] == "a" for i in (0, 1, 5)), *(forward[i] == "b" for i in (2, 3, 4))]
    found = position(forward, backward)
    assert found
    assert found.value == pytest.approx(sum(better_first) / 6 - sum(better_second) / 6) == pytest.approx(0.5)
    # d = 1, 0, 1, 0, 1, 0: n' = 8, centre 3/8, mean square 4/8
    half = 1.959964 * math.sqrt((4 / 8 - (3 / 8) ** 2) / 8)
    assert (found.low, found.high) == pytest.approx((3 / 8 - half, 3 / 8 + half), abs=1e-6)
    assert position([None], ["a"]) is None


def test_equal_differences_still_have_a_width():
    found = position(read("a" * 20), read("a" * 20))
    assert found
    assert found.value == 0
    assert found.low < -0.05 < 0.05 < found.high


def test_a_lean_is_what_goes_beyond_the_truth():
    # four pairs whose longer answer is the better one, two whose shorter is: it finds 3 of 4 and 1 of 2
    truth = read("aabbab")
    longer = read("aabbba")
    votes = read("aabaaa")
    found = lean(votes, truth, longer)
    assert found
    assert (found.value, found.items) == (3 / 4 - 1 / 2, 6)
    assert found.low < 0 < found.high
    over = excess(votes, truth, longer)
    assert over
    assert over.value == pytest.approx(4 / 6 - 4 / 6)  # 4 votes for the longer one, 4 truths
    assert lean(votes[:4], truth[:4], longer[:4]) is None


def test_plain_errors_are_no_lean():
    # 30 % errors on both kinds of pairs, of which 8 in 10 have the shorter answer right
    truth = read("a") * 20 + read("b") * 80
    votes = read("a") * 14 + read("b") * 6 + read("b") * 56 + read("a") * 24
    found, over = lean(votes, truth, read("a" * 100)), excess(votes, truth, read("a" * 100))
    assert found
    assert over
    assert found.value == pytest.approx(0)
    assert over.value == pytest.approx(0.18)


def test_newcombes_own_example():
    # Newcombe 1998, method 10: 56/70 against 48/80 is 0.2, from 0.0524 to 0.3339
    truth = read("a") * 70 + read("b") * 80
    votes = read("a") * 56 + read("b") * 14 + read("b") * 48 + read("a") * 32
    found = lean(votes, truth, read("a" * 150))
    assert found
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_kappa_by_hand():
    # 20 and 15 of 50 agree, chance 0.5 * 0.6 + 0.5 * 0.4: the textbook's 0.4
    ones = ["y"] * 25 + ["n"] * 25
    others = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    found = kappa(ones, others)
    assert found
    assert found.value == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert kappa(ones, ones) == pytest.approx(kappa(others, others))
    assert kappa(["y"] * 5, ["y"] * 5) is None
    assert kappa([], []) is None


def test_the_variance_of_kappa():
    # Fleiss, Cohen and Everitt 1969, unweighted example: kappa 0.429, standard error 0.054 of 200 subjects
    table = [[53, 5, 2], [11, 14, 5], [1, 6, 3]]
    table = [[count * 2 for count in row] for row in table]
    ones = [i for i, row in enumerate(table) for count in row for _ in range(count)]
    others = [j for row in table for j, count in enumerate(row) for _ in range(count)]
    found = kappa(ones, others)
    assert found
    assert found.value == pytest.approx(0.429, abs=5e-4)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.054, abs=1e-3)


def test_weighted_kappa_counts_the_distance():
    order = [1, 2, 3]
    ones, near, far = [1, 2, 3, 1, 2, 3], [1, 2, 3, 2, 2, 3], [1, 2, 3, 3, 2, 3]
    # observed loss 1/6 of half a unit; by chance rows (1/3, 1/3, 1/3) against columns (1/6, 1/2, 1/3)
    chance = sum((1 / 3) * q * abs(i - j) / 2 for i in range(3) for j, q in enumerate((1 / 6, 1 / 2, 1 / 3)))
    found = kappa(ones, near, order=order, weights="linear")
    assert found
    assert found.value == pytest.approx(1 - (1 / 12) / chance)
    worse = kappa(ones, far, order=order, weights="quadratic")
    plain = kappa(ones, far)
    assert worse
    assert plain
    assert worse.value < plain.value
    with pytest.raises(ValueError, match="needs the order of the labels"):
        kappa(ones, near, weights="linear")


def test_a_win_rate_and_its_standard_error():
    found = win_rate([1, 1, 0.5, 0])
    assert found.value == 0.625
    # deviations 3/8, 3/8, -1/8, -5/8: squares sum to 44/64; over 3 and then over 4
    assert found.standard_error == pytest.approx(math.sqrt(44 / 64 / 3 / 4))
    assert math.isnan(win_rate([1.0]).standard_error)
