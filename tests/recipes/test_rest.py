"""ReST works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Limits, Phase, Prompt, put, run, stages
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.trust import Open

TOY = ToyEnvironment(n=36)
SEED, GROW, IMPROVE = range(3)
THRESHOLDS, COOLING = (0.7, 0.8, 0.9), (0.5, 0.25, 0.125)
STEPS, SEEDS, SAMPLES = range(1, 1 + len(THRESHOLDS)), 6, 6


def noisy(_model: str, prompt: Prompt, text: str) -> float:
    """A reward that likes what is right, and some of what is wrong nearly as well."""
    if TOY.says(text) == TOY.solved(prompt):
        return 4.0
    return Random(f"{prompt.fields} {text}").uniform(-3.0, 2.4)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, stage: int, phase: str, round: int = 1) -> Batch:
        return self.store.batch(Phase(stage=stage, round=round, name=phase))

    def error(self, stage: int, round: int = 1) -> float:
        made: Any = self.store.phases[Phase(stage=stage, round=round, name="updating")]
        return float(made.model.name.partition("/")[2])

    def improved(self, round: int) -> Batch:
        """What an Improve step learns, without the labelled data."""
        return [e for e in self.batch(IMPROVE, "refinement", round) if e.feedback and e.feedback.score is not None]


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=TOY.taught, half=60), load("rest")
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, reward=noisy)
    ctx = context(
        learner="scripted/0.7", roles={"reward_model": "scripted/0.0"}, environment=TOY, models=models, store=store,
        trainer=trainer, gate=Open(), labels=recipe.labels, limits=Limits(samples=SAMPLES),
    )  # fmt: skip
    method = put("evaluation.protected", 0)(put("evaluation.samples", 1)(recipe(seeds=SEEDS, ablate=ablate, **options)))
    run(method, ctx)
    return Ran(base=ctx.learner, store=store, trainer=trainer, models=models)


def the_policy_rises_with_every_improve_step(it: Ran) -> bool:
    errors = [it.error(GROW), *(it.error(IMPROVE, n) for n in STEPS)]
    return all(after < before - 0.01 for before, after in pairwise(errors))


def every_step_learns_a_stricter_part_of_what_the_one_before_learned(it: Ran) -> bool:
    ids = [{e.id for e in it.improved(n)} for n in STEPS]
    least = [min(e.score for e in it.improved(n)) for n in STEPS]
    return all(after < before for before, after in pairwise(ids)) and all(
        low >= threshold for low, threshold in zip(least, THRESHOLDS, strict=True)
    )


def the_labelled_data_are_in_every_mixture(it: Ran) -> bool:
    mixtures = [it.batch(GROW, "refinement"), *(it.batch(IMPROVE, "refinement", n) for n in STEPS)]
    counts = [sum(e.solution is not None and e.solution.author == "corpus" for e in batch) for batch in mixtures]
    return counts == [SEEDS] * len(mixtures)


def all_steps_reuse_one_grown_set(it: Ran) -> bool:
    grown = {(e.task.id, e.solution) for e in it.batch(GROW, "feedback")}
    return all({(e.task.id, e.solution) for e in it.improved(n)} <= grown for n in STEPS)


def each_step_is_slower(it: Ran) -> bool:
    rates = [float(job.settings["lr"]) for job in it.trainer.jobs]
    return rates == [0.001, 0.001, *(0.001 * factor for factor in COOLING)]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "threshold": the_policy_rises_with_every_improve_step,
    "rising": every_step_learns_a_stricter_part_of_what_the_one_before_learned,
    "seeds": the_labelled_data_are_in_every_mixture,
    "reuse": all_steps_reuse_one_grown_set,
    "cooling": each_step_is_slower,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("rest", ran, INVARIANTS)


def test_without_a_threshold_nothing_rises_at_all():
    off = ran("threshold")
    assert all(off.error(IMPROVE, n) >= off.error(GROW) - 0.01 for n in STEPS)


def test_each_step_goes_on_from_the_last_policy():
    whole = ran()
    made = [one for one in whole.store.phases.values() if isinstance(one, Learner)]
    assert whole.trainer.starts == [whole.base.model, *(one.model for one in made[:-1])]


def test_a_second_grow_samples_from_the_improved_policy_and_its_steps_read_that_set_alone():
    it = ran(grows=2, thresholds=(0.7,), cooling=(0.5,))
    assert [cycle.name for cycle in stages(load("rest")(grows=2))] == ["seed", "grow", "improve", "grow", "improve"]
    second = it.batch(3, "feedback")
    improved: Any = it.store.phases[Phase(stage=IMPROVE, round=1, name="updating")]
    assert {e.solution.author for e in second if e.solution} == {improved.hash}
    kept = [e for e in it.batch(4, "refinement") if e.feedback and e.feedback.score is not None]
    assert {e.solution.author for e in kept if e.solution} == {improved.hash}


def test_checked_samples_make_the_reward_model_first():
    it = ran(checked=4)
    assert it.trainer.jobs[1].loss == "labels"
    assert {row.good for row in it.trainer.jobs[1].rows} == {True, False}
    assert [cycle.updates for cycle in stages(load("rest")(checked=4))][1] == "reward_model"


def test_scores_are_chances():
    scores = [e.score for e in ran("rising").batch(GROW, "feedback")]
    assert all(0 < score < 1 for score in scores)
    assert max(scores) == pytest.approx(1 / (1 + math.exp(-4.0)))
