"""The odds by hand where a hand can, and by drawing learners of known ability where it cannot."""

import math
from random import Random

import numpy as np
import pytest

from lamarck.trust.posterior import by_task, odds


def test_without_tasks_the_odds_are_even():
    found = odds([])
    assert found.better == pytest.approx(0.5, abs=0.01)
    assert (found.difference.value, found.difference.items) == (0.0, 0)


def test_one_task_won():
    # the share of wins is Beta(3/2, 1/2); with x = sin^2 its upper half holds 1/2 + 1/pi
    assert odds([1.0]).better == pytest.approx(0.5 + 1 / math.pi, abs=0.01)


def test_the_mean_is_that_of_the_tasks_and_one_even_one():
    found = odds([1.0] * 3 + [-1.0] + [0.0] * 5)
    assert found.difference.value == pytest.approx(2 / 10)
    assert found.difference.low < 0 < found.difference.high
    assert 0.8 < found.better < 0.95


def test_odds_turn_with_the_sign_and_do_not_mind_the_order():
    few = [0.5, -0.25, 1.0, 0.0, 0.125, -1.0]
    assert odds(few) == odds(few[::-1])
    assert odds(few).better == pytest.approx(1 - odds([-d for d in few]).better, abs=0.01)


def test_nobody_differs_is_not_taken_for_certain():
    found = odds([0.0] * 30).difference
    assert found.low < -0.005
    assert found.high > 0.005


def test_a_difference_must_be_one():
    with pytest.raises(ValueError, match="outside -1 to 1"):
        odds([1.5])


def test_a_task_won_once_and_lost_once():
    (found,) = by_task(["a"], [1], [0], 1)
    # P(X > Y) for X = Beta(3/2, 1/2), Y = Beta(1/2, 3/2) is 1/2 + 4/pi^2
    assert found.better == pytest.approx(0.5 + 4 / math.pi**2, abs=0.025)
    assert (found.learner.value, found.rival.value, found.learner.items) == (0.75, 0.25, 1)


def test_more_trials_narrow_a_task():
    few, many = (by_task(["a"], [n], [0], n)[0].learner for n in (2, 20))
    assert many.high - many.low < few.high - few.low
    assert many.value == pytest.approx(20.5 / 21)


@pytest.mark.parametrize(("tasks", "trials"), [(20, 1), (60, 4)])
def test_the_interval_holds_the_truth_as_often_as_it_says(tasks: int, trials: int):
    """Learners of known ability: tasks differ, trials of a task are tossed; 95 % credible, here 90 at least."""
    rng, truth, held, runs = np.random.default_rng(5), 0.1, 0, 200
    for _ in range(runs):
        base = rng.beta(1, 1, tasks) * (1 - truth)
        sides = [rng.binomial(trials, p) / trials for p in (base + truth, base)]
        found = odds(list(sides[0] - sides[1]), draws=1000).difference
        held += found.low <= truth <= found.high
    assert 0.9 <= held / runs <= 0.99


def test_equal_learners_seldom_look_surely_better():
    rng, sure, runs = Random(3), 0, 200
    for _ in range(runs):
        differences = [float(rng.random() < 0.5) - float(rng.random() < 0.5) for _ in range(40)]
        sure += odds(differences, draws=1000).better > 0.95
    assert sure / runs < 0.08
