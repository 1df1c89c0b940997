"""A case that must pass is never lost, and a noisy model does not lose one by chance."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import comb
from random import Random
from statistics import NormalDist

import pytest

from lamarck.core import MUST_PASS, Parties, Score, Scorecard, Sitting, Sittings, Task, Verdict
from lamarck.operators.evaluation import Accuracy
from lamarck.operators.held_out import LOST, REPEATS
from lamarck.testing import ToyEnvironment, context
from lamarck.trust import Guard, Never, Strict

TOY = ToyEnvironment()


def card(name: str, right: int, *held: float) -> Scorecard:
    """A learner with so many of 100 puzzles right, and its cases."""
    puzzles = tuple(float(i < right) for i in range(100))
    scores = [
        Score(ability="puzzles", metrics={"greedy": puzzles}, items=tuple(map(str, range(100))), split="selection")
    ]
    cases = tuple(f"case {i}" for i in range(len(held)))
    scores += [Score(ability=MUST_PASS, metrics={"held": held}, items=cases, split="selection", protected=True)] * bool(
        held
    )
    return Scorecard(learner=name, scores=tuple(scores), metric="greedy")


def decide(*cards: Scorecard, best: str = "old", gate: Guard | None = None) -> Verdict:
    def nothing(_abilities: Sequence[str], _met: Set[str]) -> Sitting:
        return []

    parties = Parties(candidate="new", champion="old", best=best, base=best)
    return Never(gate=gate or Guard()).decide(Sittings(earlier=(), now=[list(cards)], draw=nothing), parties)


def test_a_lost_case_outweighs_any_gain():
    verdict = decide(card("new", 95, 1, 0, 1), card("old", 20, 1, 1, 1))
    assert (verdict.decision, verdict.champion, verdict.best) == ("rolled back", "old", "old")
    assert verdict.reason == "must pass: 1 of 3 cases lost that the champion passes"
    assert [(one.ability, one.outcome) for one in verdict.comparisons] == [(MUST_PASS, "worse")]


@pytest.mark.parametrize("held", [(1, 1, 1), (1, 0.5, 1), (1, 1, 0)])
def test_what_the_champion_does_not_pass_or_the_candidate_fails_only_sometimes_is_no_loss(held: tuple[float, ...]):
    verdict = decide(card("new", 95, *held), card("old", 20, 1, 1, 0.5))
    assert (verdict.decision, verdict.best) == ("promoted", "new")


def test_without_cases_it_is_the_gate_inside():
    cards = (card("new", 95), card("old", 20))
    assert decide(*cards) == Guard().decide(
        Sittings(earlier=(), now=[list(cards)], draw=lambda _a, _m: []),
        Parties(candidate="new", champion="old", best="old", base="old"),
    )


def test_the_gate_inside_is_not_made_milder_or_harder_by_cases():
    with_cases = decide(card("new", 20, 1, 1), card("old", 95, 1, 1))
    without = decide(card("new", 20), card("old", 95))
    assert with_cases.reason == without.reason
    assert with_cases.comparisons[: len(without.comparisons)] == without.comparisons
    assert decide(card("new", 60, 1), card("old", 60, 1), gate=Strict()).decision == "rolled back"


def test_the_best_guards_its_cases_too():
    verdict = decide(card("new", 95, 0), card("old", 20, 0.5), card("top", 25, 1), best="top")
    assert verdict.decision == "rolled back"
    assert "the best passes" in verdict.reason


def test_a_champion_that_is_worse_is_withdrawn_all_the_same():
    verdict = decide(card("new", 95, 0), card("old", 5, 1), card("top", 90, 1), best="top")
    assert (verdict.decision, verdict.champion, verdict.withdrawn) == ("rolled back", "top", "old")


def confused(chance: float) -> float:
    """How often two equal learners of this chance are told apart by the rule."""
    failed = sum(comb(REPEATS, k) * chance**k * (1 - chance) ** (REPEATS - k) for k in range(LOST + 1))
    return chance**REPEATS * failed


def test_the_rule_errs_as_seldom_as_it_says():
    assert max(confused(i / 1000) for i in range(1001)) == pytest.approx(0.0068, abs=0.0001)
    assert confused(0.9) < 0.0003
    assert max(range(1001), key=lambda i: confused(i / 1000)) == pytest.approx(600, abs=15)


def test_the_rule_errs_as_seldom_when_it_is_tried():
    rng, runs, chance = Random(2), 20_000, 0.6
    sides = [[sum(rng.random() < chance for _ in range(REPEATS)) for _ in range(runs)] for _ in range(2)]
    lost = sum(mine <= LOST and theirs == REPEATS for mine, theirs in zip(*sides, strict=True))
    half = NormalDist().inv_cdf(0.999) * (confused(chance) / runs) ** 0.5
    assert abs(lost / runs - confused(chance)) < half


@dataclass(kw_only=True)
class Marked(ToyEnvironment):
    """Sums of which two must pass."""

    def must_pass(self) -> Sequence[Task]:
        return self.tasks("selection", 3, 0, context().objective)[1:]


@pytest.mark.parametrize(("learner", "held"), [("scripted/0.0", (1.0, 1.0)), ("scripted/1.0", (0.0, 0.0))])
def test_cases_are_scored_beside_the_target(learner: str, held: tuple[float, ...]):
    ctx = context(learner=learner, environment=Marked())
    found = Accuracy(samples=0, protected=0, limit=3)(ctx.learner, ctx).scores[-1]
    assert (found.ability, found.metrics["held"], found.protected) == (MUST_PASS, held, True)
    assert Accuracy(samples=0, protected=0, limit=3, split="practice")(ctx.learner, ctx).scores[-1].ability != MUST_PASS


def test_who_learns_never_sees_them():
    guarded = context(environment=Marked()).guarded().environment
    assert not hasattr(guarded, "must_pass")
