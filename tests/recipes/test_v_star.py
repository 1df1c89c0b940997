"""V-STaR works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Batch, Job, Learner, ModelRef, Phase, Prompt, Solution, Task, passed, put, run
from lamarck.operators.evaluation import Accuracy
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ROUNDS = 2
SEED, SOLVE, VERIFY, ANSWER = range(4)


def likely(name: str, prompt: Prompt, text: str) -> float:
    """A model that errs less finds right texts likelier, and wrong ones less likely."""
    rate = float(name.split("/")[1])
    wordings = {TOY.answer(prompt, seed) for seed in range(4)}
    return math.log(1 - rate if text in wordings else rate) / (len(text.split()) + 1)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer
    base: Learner
    learners: dict[str, Learner]

    def batch(self, stage: int, phase: str, round: int = 1) -> Batch:
        return self.store.batch(Phase(stage=stage, round=round, name=phase))

    def solving(self) -> list[ModelRef]:
        """Where each round's training of the generator started."""
        return self.trainer.starts[1 : 1 + ROUNDS]

    def verifying(self) -> tuple[ModelRef, Job]:
        """Where the verifier's training started, and its job: the last of the run."""
        return self.trainer.starts[-1], self.trainer.jobs[-1]

    def value(self, round: int) -> float:
        """The first learner's score in the last stage: before, or the candidate's."""
        return self.store.phases[Phase(stage=ANSWER, round=round, name="evaluation")][0].value


def right(task: Task, solution: Solution | None) -> bool:
    """By the world's rules, whatever the recipe may read."""
    opened = replace(task, reference=task.reference and task.reference.open())
    return bool(solution and TOY.check(opened, solution).passed)


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=TOY.taught, half=400)
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, likelihood=likely)
    ctx = context(learner="scripted/0.6", store=store, trainer=trainer, models=models)
    method = load("v_star")(rounds=ROUNDS, samples=12, candidates=8, examples=40, ablate=ablate, **options)
    method = put("evaluation.samples", 0)(put("evaluation.protected", 10)(method))  # the invariants do not need them
    made = run(method, ctx)
    return Ran(store=store, trainer=trainer, base=ctx.learner, learners=dict(made.learners))


def answers_with_the_verifier_it_carries(it: Ran) -> bool:
    champion = it.learners["learner"]
    carried = {role: it.learners[role].model for role in ("verifier", "reference")}
    return champion.answer is not None and champion.adapters == carried


def wrong_beside_right_in_every_pair(it: Ran) -> bool:
    pairs = it.batch(VERIFY, "refinement")
    return bool(pairs) and all(
        right(e.task, e.solution) and e.rejected and not right(e.task, e.rejected) for e in pairs
    )


def negatives_reach_the_verifier(it: Ran) -> bool:
    rows = it.verifying()[1].rows
    return bool(rows) and all(row.rejected for row in rows)


def the_verifier_begins_as_the_seed_model_and_is_compared_with_it(it: Ran) -> bool:
    start, job = it.verifying()
    return start == it.learners["reference"].model and (job.reference or start) == start


def what_is_right_accumulates(it: Ran) -> bool:
    rounds = [{e.origin.round for e in it.batch(SOLVE, "refinement", number)} for number in range(1, ROUNDS + 1)]
    return rounds == [set(range(1, number + 1)) for number in range(1, ROUNDS + 1)]


def each_round_tunes_the_untouched_model(it: Ran) -> bool:
    return it.solving() == [it.base.model] * ROUNDS


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "verifier": answers_with_the_verifier_it_carries,
    "majority": answers_with_the_verifier_it_carries,
    "pairs": negatives_reach_the_verifier,
    "labels": wrong_beside_right_in_every_pair,
    "seed": the_verifier_begins_as_the_seed_model_and_is_compared_with_it,
    "accumulate": what_is_right_accumulates,
    "restart": each_round_tunes_the_untouched_model,
}
"""Mechanism, which is the name of its ablation too -> what must hold."""


TestRow = proofs("v_star", ran, INVARIANTS)


def test_the_verifier_sees_every_text_of_all_rounds_that_stands_beside_one_of_the_other_verdict():
    tried: dict[str, dict[str, bool]] = {}
    for number in range(1, ROUNDS + 1):
        for e in ran().batch(SOLVE, "feedback", number):
            if e.solution:
                tried.setdefault(e.task.id, {})[e.solution.text] = passed(e)
    wanted = sum(sum(verdicts.values()) * (len(verdicts) - sum(verdicts.values())) for verdicts in tried.values())
    assert len(ran().batch(VERIFY, "refinement")) == wanted > 100
    assert len(ran(pairs=3).batch(VERIFY, "refinement")) <= 3 * len(tried)


def test_best_of_many_with_the_verifier_beats_the_majority_and_a_single_answer():
    single, best = ran().value(0), ran().value(1)
    majority = ran("majority").value(1)
    assert best > majority > single


def test_the_champion_answers_the_same_after_the_run():
    champion = ran().learners["learner"]
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, likelihood=likely)
    ctx = replace(context(models=models), learners={"learner": champion}, learner=champion, base=champion)
    score = Accuracy(samples=0, protected=0)
    alone = replace(champion, answer=None)
    assert score(champion, ctx).scores[0].metrics["greedy"].count(1.0) > 20
    assert score(alone, ctx).scores[0].metrics["greedy"].count(1.0) < 20
