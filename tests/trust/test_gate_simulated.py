"""What the gate promises, on simulated runs; and that a gate without its corrections breaks the promise.

The slow ones are the full measure of `benchmarks/gate_promises.py`: 1,000 runs of 20 rounds and 5 abilities.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from benchmarks.gate_promises import PROTECTED, TARGET, Setting, caught, costs, promoted, rolled_back, within

from lamarck.core import Gate, Hearing, Parties, Verdict
from lamarck.testing.simulated import BASE, SimulatedHearing
from lamarck.trust import Guard, Strict
from lamarck.trust.comparing import Levels

ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Uncorrected(Guard):
    """Alpha for every comparison, as if there were only one."""

    def levels(self, abilities: int) -> Levels:
        return replace(super().levels(abilities), worse=self.alpha, shown=self.alpha)


@dataclass(frozen=True, kw_only=True)
class UncorrectedStrict(Strict):
    def levels(self, abilities: int) -> Levels:
        return replace(super().levels(abilities), worse=self.alpha, shown=self.alpha)


@dataclass(frozen=True, kw_only=True)
class Forgetful:
    """Compares with the champion alone: no best, no base."""

    gate: Guard = field(default_factory=Guard)

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        return self.gate.decide(hearing, replace(parties, best=parties.champion, base=parties.champion))


def small(gate: Gate, abilities: int) -> Setting:
    """Few runs with many small looks: the more looks, the more chances to err, and on two abilities twice as many."""
    runs = 24 if abilities > 1 else 50
    return Setting(gate=gate, runs=runs, rounds=20 // abilities, abilities=abilities, discordance=0.3, look=50)


def drift(gate: Gate) -> Setting:
    return Setting(gate=gate, runs=10, abilities=2)


def test_equal_learners_are_hardly_ever_rolled_back():
    assert rolled_back(small(Guard(rounds=10, cap=250), 2)).value <= ALPHA


def test_without_the_correction_they_are():
    assert rolled_back(small(Uncorrected(rounds=10, cap=250), 2)).low > ALPHA


def test_equal_learners_are_hardly_ever_promoted_by_strict():
    assert promoted(small(Strict(rounds=20, cap=250), 1)).value <= ALPHA


def test_without_the_correction_they_are_promoted():
    assert promoted(small(UncorrectedStrict(rounds=20, cap=250), 1)).low > ALPHA


@pytest.mark.parametrize("discordance", [0.1, 0.2])
def test_a_planted_loss_of_eight_points_is_rolled_back(discordance: float):
    assert caught(Setting(gate=Guard(rounds=20), runs=60, rounds=1, discordance=discordance), 0.08).value >= 0.95


def test_a_gate_that_may_not_draw_misses_more_of_five_points():
    one = Setting(gate=Guard(rounds=20), runs=60, rounds=1)
    assert caught(replace(one, gate=Guard(rounds=20, cap=1)), 0.05).high < caught(one, 0.05).low


@pytest.mark.parametrize("ability", [TARGET, PROTECTED])
def test_small_losses_do_not_add_up(ability: str):
    assert within(costs(drift(Guard(rounds=20)), ability)).value >= 0.9


@pytest.mark.parametrize("ability", [TARGET, PROTECTED])
def test_without_best_and_base_they_do(ability: str):
    assert within(costs(drift(Forgetful(gate=Guard(rounds=20))), ability)).value < 0.5


def test_the_drawn_learners_are_as_far_apart_as_the_model_says():
    rng = np.random.default_rng(0)
    heard = SimulatedHearing(rng=rng, abilities=[TARGET], discordance=0.2, first=200_000)
    heard.effects |= {BASE: {}, "a": {TARGET: 0.03}, "b": {TARGET: -0.05}}
    heard.sit(("a", "b", BASE))
    found = np.asarray(heard.differences("a", BASE, TARGET))
    assert found.mean() == pytest.approx(0.03, abs=0.003)
    assert (found != 0).mean() == pytest.approx(0.2, abs=0.003)
    assert np.asarray(heard.differences("a", "b", TARGET)).mean() == pytest.approx(0.08, abs=0.003)


# --- the full measure ---


def full(gate: Gate, discordance: float) -> Setting:
    return Setting(gate=gate, runs=1000, discordance=discordance)


@pytest.mark.slow
@pytest.mark.parametrize("discordance", [0.1, 0.2])
def test_guard_rolls_no_equal_learner_back_in_a_thousand_runs(discordance: float):
    assert rolled_back(full(Guard(rounds=20), discordance)).high <= ALPHA


@pytest.mark.slow
@pytest.mark.parametrize("discordance", [0.1, 0.2])
def test_strict_promotes_no_equal_learner_in_a_thousand_runs(discordance: float):
    assert promoted(full(Strict(rounds=20), discordance)).high <= ALPHA


@pytest.mark.slow
@pytest.mark.parametrize("discordance", [0.1, 0.2])
def test_a_planted_loss_is_rolled_back_in_a_thousand_runs(discordance: float):
    assert caught(replace(full(Guard(rounds=20), discordance), rounds=1), 0.08).value >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("ability", [TARGET, PROTECTED])
@pytest.mark.parametrize("discordance", [0.1, 0.2])
def test_small_losses_do_not_add_up_in_a_thousand_runs(discordance: float, ability: str):
    assert within(costs(full(Guard(rounds=20), discordance), ability)).value >= 0.9
