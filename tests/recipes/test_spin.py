"""SPIN works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Batch, Job, Learner, ModelRef, Phase, Solution, Task, put, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context

TOY = ToyEnvironment()
ROUNDS, BETA = 3, (0.1, 5.0)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer
    champion: Learner

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=round, name=phase))

    def refined(self) -> list[Batch]:
        return [self.batch("refinement", number) for number in range(1, ROUNDS + 1)]

    def fresh(self) -> list[list[Solution]]:
        """The opponents' answers of each round."""
        return [[e.rejected for e in self.batch("feedback", n) if e.rejected] for n in range(1, ROUNDS + 1)]

    def learner(self, stage: int, round: int) -> Learner:
        """What a round left."""
        return self.store.phases[Phase(stage=stage, round=round, name="updating")]

    def played(self) -> list[tuple[ModelRef, Job]]:
        """Where each DPO job started."""
        found = zip(self.trainer.starts, self.trainer.jobs, strict=True)
        return [(start, job) for start, job in found if job.loss == "dpo"]


def right(task: Task, solution: Solution | None) -> bool:
    """By the world's rules, whatever the recipe may read."""
    opened = replace(task, reference=task.reference and task.reference.open())
    return bool(solution and TOY.check(opened, solution).passed)


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=TOY.taught, half=300)
    ctx = context(learner="scripted/0.6", store=store, trainer=trainer)
    method = load("spin")(rounds=ROUNDS, prompts=60, beta=BETA, ablate=ablate, **options)
    made = run(put("evaluation.samples", 0)(put("evaluation.protected", 10)(method)), ctx)
    return Ran(store=store, trainer=trainer, champion=made.learners["learner"])


def no_pair_says_the_same_twice(it: Ran) -> bool:
    return all(e.solution and e.rejected and e.solution.text != e.rejected.text for b in it.refined() for e in b)


def the_reference_is_the_opponent(it: Ran) -> bool:
    opponents = [it.learner(0, 1), *(it.learner(1, number) for number in range(1, ROUNDS))]
    wrote = [{answer.author for answer in answers} for answers in it.fresh()]
    compared = [job.reference or start for start, job in it.played()]
    return wrote == [{one.hash} for one in opponents] and compared == [one.model for one in opponents]


def the_next_opponent_is_the_last_learner(it: Ran) -> bool:
    wrote = [{answer.author for answer in answers} for answers in it.fresh()]
    return wrote[1:] == [{it.learner(1, number).hash} for number in range(1, ROUNDS)]


def this_and_the_last_rounds_pairs(it: Ran) -> bool:
    rounds = [{e.origin.round for e in batch} for batch in it.refined()]
    return rounds == [{1}, *({number - 1, number} for number in range(2, ROUNDS + 1))]


def what_is_preferred_is_right(it: Ran) -> bool:
    return all(right(e.task, e.solution) for batch in it.refined() for e in batch)


def beta_rises(it: Ran) -> bool:
    return [job.settings["beta"] for _, job in it.played()] == [0.1, 5.0, 5.0]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "distinct": no_pair_says_the_same_twice,
    "reference": the_reference_is_the_opponent,
    "opponent": the_next_opponent_is_the_last_learner,
    "previous_pairs": this_and_the_last_rounds_pairs,
    "clean_data": what_is_preferred_is_right,
    "schedule": beta_rises,
}
"""Mechanism, which is the name of its ablation too -> what must hold."""


TestRow = proofs("spin", ran, INVARIANTS)


def test_every_round_plays_on_the_data_that_the_seed_stage_learned():
    seed = ran().store.batch(Phase(stage=0, round=1, name="tasks"))
    assert len(seed) == 60
    for number in range(1, ROUNDS + 1):
        again = ran().batch("tasks", number)
        assert [(e.id, e.solution) for e in again] == [(e.id, e.solution) for e in seed]


def test_the_learner_rises_and_does_not_where_the_data_are_not_clean():
    assert error(ran().learner(1, ROUNDS)) < error(ran().learner(0, 1)) - 0.1
    without = ran("clean_data")
    assert error(without.champion) >= error(without.learner(0, 1))


def error(learner: Learner) -> float:
    """A scripted model's error rate."""
    return float(learner.model.name.split("/")[1])
