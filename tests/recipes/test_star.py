"""STaR works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Phase, Prompt, failed, put, run
from lamarck.operators.solutions import Sample
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment(n=48)
ROUNDS, STEPS, BATCH = 3, 40, 8
NUMBERS = range(1, ROUNDS + 1)


def helped(prompt: Prompt, rate: float) -> float:
    """A learner that never solves a product by itself, and now and then where it is shown the answer."""
    if "answer" in prompt.fields:
        return 0.8
    return 1.0 if prompt.fields["sign"] == "*" else rate


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
        return [self.batch("refinement", number) for number in NUMBERS]


@cache
def ran(*ablate: str) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=TOY.taught, half=24)
    models = ScriptedModels(answer=TOY.right, wrong=TOY.wrong, rates=helped)
    recipe = load("star")
    ctx = context(
        learner="scripted/0.8", environment=TOY, models=models, store=store, trainer=trainer, labels=recipe.labels
    )
    made = run(put("evaluation.protected", 50)(recipe(rounds=ROUNDS, ablate=ablate)), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def what_it_never_solves_alone_is_learned_from(it: Ran) -> bool:
    return all(any(e.task.parameters["node"] == "multiply" for e in batch) for batch in it.refined())


def only_what_is_right(it: Ran) -> bool:
    return all(e.feedback and e.feedback.passed for batch in it.refined() for e in batch)


def the_base_is_trained_every_round(it: Ran) -> bool:
    return len(it.trainer.starts) == ROUNDS and set(it.trainer.starts) == {it.base.model}


def no_hint_in_what_is_trained_on(it: Ran) -> bool:
    return not any("answer=" in row.messages[0].text for job in it.trainer.jobs for row in job.rows)


def learned_from_own_rationales(it: Ran) -> bool:
    learners = {it.base.hash, *(made.hash for made in it.store.phases.values() if isinstance(made, Learner))}
    return all(row.messages[-1].author in learners for job in it.trainer.jobs for row in job.rows)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "rationalize": what_it_never_solves_alone_is_learned_from,
    "verifier": only_what_is_right,
    "start": the_base_is_trained_every_round,
    "hint": no_hint_in_what_is_trained_on,
    "answers": learned_from_own_rationales,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("star", ran, INVARIANTS)


def test_only_what_failed_is_asked_with_the_answer():
    for number in NUMBERS:
        missed = {e.id: e.task for e in ran().batch("feedback", number) if failed(e)}
        hinted = [e for e in ran().batch("refinement", number) if e.asked and e.asked.name == "star/rationalize"]
        assert hinted
        assert {e.id for e in hinted} <= missed.keys()
        for e in hinted:
            assert e.asked
            assert e.task.reference
            assert e.asked.fields["answer"] == e.task.reference.read()


def test_each_round_samples_from_the_better_model():
    authors = [{e.solution.author for e in ran().batch("feedback", n) if e.solution} for n in (1, 2)]
    assert authors[0] == {ran().base.hash}
    assert authors[1] != authors[0]


@pytest.mark.parametrize("ablate", [(), ("answers",)], ids=["whole", "answers"])
def test_steps_grow_by_a_fifth_a_round_in_every_arm(ablate: tuple[str, ...]):
    it = ran(*ablate)
    assert [len(job.rows) for job in it.trainer.jobs] == [STEPS * BATCH, 48 * BATCH, 58 * BATCH]


def test_the_control_learns_bare_labels_and_answers_as_it_learned():
    taught = {(row.messages[0].text.split()[0], row.messages[-1].author) for row in ran("answers").trainer.jobs[0].rows}
    assert taught == {("star/answer", "reference")}
    rows = ran("answers").trainer.jobs[0].rows
    assert all(TOY.taught(row) and row.messages[-1].text.lstrip("-").isdigit() for row in rows)
    assert ran("answers").champion.answer == Sample(prompt="star/answer", temperature=0.0)


def test_the_learner_rises_and_does_not_without_the_verifier():
    assert value(ran(), ROUNDS) > value(ran(), 0) + 0.1
    without = ran("verifier")
    assert without.champion == without.base


def value(it: Ran, round: int) -> float:
    """Champion's score on the round's items."""
    cards: Any = it.store.phases[Phase(stage=0, round=round, name="evaluation")]
    verdict: Any = it.store.phases.get(Phase(stage=0, round=round, name="verdict"))
    champion = verdict.champion if verdict else it.base.hash
    return next(card.value for card in cards if card.learner == champion)
