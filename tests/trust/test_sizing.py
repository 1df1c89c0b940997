"""How many tasks a gain needs, checked by hand and by trying it."""

from random import Random

import pytest

from lamarck.trust.sizing import Spread, best, cheapest, needed, spread


def test_needed_by_hand():
    # (z of 95 % two-sided + z of 80 %) squared is (1.960 + 0.842)^2 = 7.849
    assert needed(Spread(between=0.2, within=0.0), 1) == 628  # 7.849 * 0.2 / 0.05^2 = 627.9
    assert needed(Spread(between=0.02, within=0.32), 4) == 314  # 7.849 * (0.02 + 0.08) / 0.0025 = 313.96


def test_the_spread_of_literal_scores():
    found = spread([1.0, 0.5, 0.0], [0.5, 0.5, 0.0], trials=2)
    # trials: a(1-a) + b(1-b) is .25, .5, 0; mean .25, x 2/1
    assert found.within == pytest.approx(0.5)
    # differences .5, 0, 0 with the prior's task: (.25 + 1)/4 - (.5/4)^2 = .296875; less .5/2, what trials explain
    assert found.between == pytest.approx(0.296875 - 0.25)


def test_one_trial_cannot_tell_the_two_apart():
    found = spread([1.0, 0.0], [0.0, 0.0], trials=1)
    assert (found.within, found.between) == (0.0, pytest.approx(2 / 3 - 1 / 9))


def test_where_tasks_are_free_one_trial_of_many_is_cheapest():
    design = cheapest(Spread(between=0.02, within=0.3))
    assert design is not None
    assert design.trials == 1
    assert design.cost == 2 * design.tasks


def test_where_a_task_is_dear_the_best_trials_are_near_the_root():
    design = cheapest(Spread(between=0.02, within=0.32), task=8.0, trial=2.0)
    assert design is not None
    assert design.trials == 8  # root of (0.32 / 0.02) * (8 / 2)


def test_few_tasks_take_more_trials_and_too_few_take_none():
    found = Spread(between=0.02, within=0.32)
    design = cheapest(found, most=150)
    assert design is not None
    assert design.tasks <= 150
    assert design.trials > 4
    assert cheapest(found, most=60) is None  # 7.849 * 0.02 / 0.0025 = 62.8, however many trials


def test_a_budget_is_kept_and_split_well():
    found = Spread(between=0.02, within=0.32)
    design = best(found, 1000, task=8.0, trial=2.0)
    assert design is not None
    assert design.cost <= 1000
    assert all(design.error <= found.error(int(1000 // (8 + 2 * trials)), trials) for trials in range(1, 65))
    assert best(found, 1) is None


def test_so_many_tasks_show_the_gain_four_times_in_five():
    rng, shown, runs, trials = Random(8), 0, 60, 2
    means = [rng.uniform(0.2, 0.75) for _ in range(400)]
    better, worse = ([_share(rng, p + gain, trials) for p in means] for gain in (0.05, 0.0))
    tasks = needed(spread(better, worse, trials), trials)
    for _ in range(runs):
        drawn = [rng.uniform(0.2, 0.75) for _ in range(tasks)]
        differences = [_share(rng, p + 0.05, trials) - _share(rng, p, trials) for p in drawn]
        mean = sum(differences) / tasks
        error = (sum((d - mean) ** 2 for d in differences) / (tasks - 1) / tasks) ** 0.5
        shown += mean / error > 1.96
    assert 0.65 < shown / runs < 0.95


def _share(rng: Random, chance: float, trials: int) -> float:
    return sum(rng.random() < chance for _ in range(trials)) / trials
