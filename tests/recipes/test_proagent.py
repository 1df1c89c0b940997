"""ProAgent works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean
from typing import cast

from tests.recipes.cooking import pairs
from tests.recipes.rows import proofs
from tests.recipes.worlds import KITCHEN

from lamarck.core import Batch, Experience, Learner, Objective, Phase, Scorecard, run
from lamarck.operators.trying import story
from lamarck.recipes import load
from lamarck.testing import MemoryStore, context
from lamarck.trust import Open

SHIFTS = 12
BLUNDERS = 0.15
"""Share of the skills proposed that cannot be done."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run, and shifts that its learner did."""

    learner: Learner
    cards: list[Scorecard]
    shifts: Batch

    @property
    def served(self) -> float:
        return fmean(KITCHEN.environment.check(e.task, e.solution).score or 0 for e in self.shifts if e.solution)


def guesses(done: Experience) -> list[bool]:
    """Whether each expectation was right."""
    return [guess == deed for guess, deed in pairs_of(done)]


def pairs_of(done: Experience) -> list[tuple[str, str]]:
    turns = done.solution.messages if done.solution else ()
    return [pair for at in range(0, len(turns), 2) for pair in pairs(story(turns[at : at + 2]))]


@cache
def ran(*ablate: str) -> Ran:
    store = MemoryStore()
    ctx = context(
        learner=f"scripted/{BLUNDERS}", environment=KITCHEN.environment, models=KITCHEN.models, store=store, gate=Open()
    )
    made = run(load("proagent")(ablate=ablate, others=4), ctx)
    learner = made.learners["learner"]
    assert learner.answer
    tasks = KITCHEN.environment.tasks("practice", SHIFTS, 0, Objective(ability=""))
    shifts = learner.answer([Experience(task=task) for task in tasks], replace(made, learner=learner))
    kept = (store.phases[Phase(stage=1, round=number, name="evaluation")] for number in (0, 1))
    cards = [card for sitting in kept for card in cast("list[Scorecard]", sitting)]
    return Ran(learner=learner, cards=cards, shifts=shifts)


def intentions_are_told_better_later_in_a_shift(it: Ran) -> bool:
    halves = [(g[: len(g) // 2], g[len(g) // 2 :]) for done in it.shifts if len(g := guesses(done)) > 3]
    first, second = ([hit for pair in halves for hit in pair[at]] for at in (0, 1))
    return bool(first) and fmean(second) > max(0.8, fmean(first))


def all_soups_are_served(it: Ran) -> bool:
    return it.served == 1.0


def nothing_is_done_that_cannot_be_done(it: Ran) -> bool:
    seen = [m.text for done in it.shifts if done.solution for m in done.solution.messages if m.role == "user"]
    return bool(seen) and not [text for text in seen if text.startswith("Nothing happens")]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "correction": intentions_are_told_better_later_in_a_shift,
    "intention": all_soups_are_served,
    "verifier": nothing_is_done_that_cannot_be_done,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("proagent", ran, INVARIANTS)


def test_beliefs_that_are_corrected_earn_more():
    assert ran().served > ran("correction").served


def test_it_is_measured_against_one_that_acts_and_believes_nothing():
    plain, proactive = (fmean(card.scores[0].metrics["greedy"]) for card in (ran().cards[0], ran().cards[1]))
    assert proactive == 1.0
    assert plain < 1.0
