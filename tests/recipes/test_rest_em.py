"""ReST-EM works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Phase, put, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context

TOY = ToyEnvironment()
CAP, ROUNDS = 2, 3


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=0, round=round, name=phase))

    def refined(self) -> list[Batch]:
        return [self.batch("refinement", number) for number in range(1, ROUNDS + 1)]


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=TOY.taught, half=48)
    ctx = context(learner="scripted/0.8", store=store, trainer=trainer)
    method = load("rest_em")(rounds=ROUNDS, samples=16, cap=CAP, ablate=ablate, **options)
    made = run(put("evaluation.protected", 40)(method), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def at_most_the_cap_a_task(it: Ran) -> bool:
    return all(max(Counter(e.task.id for e in batch).values()) <= CAP for batch in it.refined())


def only_what_is_right(it: Ran) -> bool:
    return all(e.feedback and e.feedback.passed for batch in it.refined() for e in batch)


def each_solution_at_its_own_task(it: Ran) -> bool:
    written = {
        (e.task.id, e.solution.text)
        for number in range(1, ROUNDS + 1)
        for e in it.batch("feedback", number)
        if e.solution
    }
    return all(e.solution and (e.task.id, e.solution.text) in written for batch in it.refined() for e in batch)


def the_base_is_trained_every_round(it: Ran) -> bool:
    parents = [data["parent"] for kind, data in it.store.events if kind == "trained"]
    return len(parents) == ROUNDS and set(parents) == {it.base.hash} and set(it.trainer.starts) == {it.base.model}


def learned_from_own_samples(it: Ran) -> bool:
    learners = {it.base.hash, *(made.hash for made in it.store.phases.values() if isinstance(made, Learner))}
    return all(row.messages[-1].author in learners for job in it.trainer.jobs for row in job.rows)


def fresh_data_each_round(it: Ran) -> bool:
    return all({e.origin.round for e in batch} == {number} for number, batch in enumerate(it.refined(), start=1))


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "cap": at_most_the_cap_a_task,
    "verifier": only_what_is_right,
    "pairing": each_solution_at_its_own_task,
    "restart": the_base_is_trained_every_round,
    "own_samples": learned_from_own_samples,
    "fresh": fresh_data_each_round,
}
"""Mechanism -> what must hold, and fails without it."""


TestRow = proofs("rest_em", ran, INVARIANTS, off={"fresh": {"accumulate": True}})


def test_the_caps_and_filters_had_something_to_do():
    reasons = Counter(
        drop.reason.split(" as ")[0] for made in ran().store.phases.values() for drop in getattr(made, "drops", ())
    )
    assert all(reasons[reason] > 10 for reason in ("not passed", "same text", f"over the cap of {CAP} a task"))


def test_each_round_samples_from_the_champion_and_the_paper_has_no_replay():
    authors = [{e.solution.author for e in ran().batch("feedback", n) if e.solution} for n in (1, 2)]
    assert authors[0] == {ran().base.hash}
    assert authors[1] != authors[0]


@pytest.mark.parametrize("off", ["verifier", "pairing"])
def test_the_learner_rises_and_does_not_without(off: str):
    assert value(ran(), ROUNDS) > value(ran(), 0) + 0.1
    without = ran(off)
    assert without.champion == without.base
    assert value(without, ROUNDS) < value(without, 0) + 0.05


def value(it: Ran, round: int) -> float:
    """Champion's score on the round's items."""
    cards = it.store.phases[Phase(stage=0, round=round, name="evaluation")]
    verdict = it.store.phases.get(Phase(stage=0, round=round, name="verdict"))
    champion = verdict.champion if verdict else it.base.hash
    return next(card.value for card in cards if card.learner == champion)
