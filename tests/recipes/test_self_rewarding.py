"""Self-Rewarding works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Batch, Context, Job, Learner, Phase, Prompt, RecipeError, Row, by_task, put, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.trust import Open

TOY = ToyEnvironment()
ROUNDS, SEEDS, PROMPTS, SAMPLES = 2, 8, 60, 4
NUMBERS = range(1, ROUNDS + 1)
JUDGE = "self_rewarding/judge"


def roles(prompt: Prompt, rate: float) -> float:
    """A learner that judges rightly three times in four, however well it answers."""
    return 0.25 if prompt.name == JUDGE else rate


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    origin: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=round, name=phase))

    def learner(self, stage: int, round: int) -> Learner:
        """The candidate of a round; every one is promoted here."""
        made = self.store.phases[Phase(stage=stage, round=round, name="updating")]
        assert isinstance(made, Learner)
        return made

    @property
    def began(self) -> list[Learner]:
        """The learner that each round of the second stage began with."""
        return [self.learner(0, 1), *(self.learner(1, number) for number in NUMBERS[:-1])]

    @property
    def pairs(self) -> Batch:
        return [e for number in NUMBERS for e in self.batch("refinement", number)]

    @property
    def jobs(self) -> list[Job]:
        """What was trained after the seed data."""
        return self.trainer.jobs[1:]


@cache
def ran(*ablate: str, learner: str = "scripted/0.7") -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=TOY.taught, half=24), load("self_rewarding")
    models = ScriptedModels(answer=TOY.right, wrong=TOY.wrong, rates=roles)
    ctx: Context = context(
        learner=learner, models=models, store=store, trainer=trainer, gate=Open(), labels=recipe.labels
    )
    method = recipe(rounds=ROUNDS, seeds=SEEDS, prompts=PROMPTS, samples=SAMPLES, shots=2, ablate=ablate)
    made = run(put("align.evaluation.protected", 20)(method), ctx)
    return Ran(origin=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def the_higher_score_is_preferred(it: Ran) -> bool:
    lowest = graded(it)
    return bool(it.pairs) and all(
        e.rejected and e.score > lowest[e.origin.round, e.task.id, e.rejected.text] for e in it.pairs
    )


def the_grade_is_the_judges(it: Ran) -> bool:
    """Whether what is preferred is mostly right, as it is where a judge that is mostly right has graded it."""
    return bool(it.pairs) and better(it) > 0.75


def each_round_is_graded_by_its_own_learner(it: Ran) -> bool:
    return all(
        {e.feedback.source for e in it.batch("feedback", number) if e.feedback} == {f"judge:{learner.hash}"}
        for number, learner in zip(NUMBERS, it.began, strict=True)
    )


def learned_from_own_samples(it: Ran) -> bool:
    writers = {learner.hash for learner in it.began}
    return bool(it.jobs) and all(row.messages[-1].author in writers for job in it.jobs for row in job.rows)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "judge": the_grade_is_the_judges,
    "own_judge": each_round_is_graded_by_its_own_learner,
    "order": the_higher_score_is_preferred,
    "own_samples": learned_from_own_samples,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("self_rewarding", ran, INVARIANTS)


def test_seed_data_first_then_each_round_from_the_last_model():
    assert ran().trainer.starts == [ran().origin.model, *(learner.model for learner in ran().began)]
    assert [job.loss for job in ran().trainer.jobs] == ["sft", *["dpo"] * ROUNDS]
    assert [len(job.rows) for job in ran().trainer.jobs[:1]] == [SEEDS]
    assert all(row.rejected for job in ran().jobs for row in job.rows)


def test_the_prompts_are_new_each_round_and_in_practice():
    made = [[TOY.key(e.task) for e in ran().batch("tasks", number)] for number in NUMBERS]
    assert all(len(set(keys)) == len(keys) > PROMPTS / 2 for keys in made)
    assert not set(made[0]) & set(made[1])
    assert all(TOY.split(e.task) == "practice" for number in NUMBERS for e in ran().batch("tasks", number))


def test_four_answers_each_one_pair_at_most():
    for number in NUMBERS:
        assert {len(group) for group in by_task(ran().batch("feedback", number))} == {SAMPLES}
        kept = ran().batch("refinement", number)
        assert 0 < len({e.task.id for e in kept}) == len(kept) < len(ran().batch("tasks", number))


def test_random_grades_make_as_many_pairs_that_say_nothing():
    random = ran("judge")
    many = [len(it.batch("refinement", 1)) for it in (ran(), random)]
    assert abs(many[0] - many[1]) <= 10  # two equal texts give no pair, and that depends on where the scores land
    assert better(random) < 0.7


def test_the_control_learns_as_many_labelled_answers():
    control = ran("own_samples")
    assert [job.loss for job in control.jobs] == ["sft"] * ROUNDS
    assert [len(job.rows) for job in control.jobs] == [len(control.batch("refinement", n)) for n in NUMBERS]
    assert {row.messages[-1].author for job in control.jobs for row in job.rows} == {"corpus"}


def test_the_learner_rises_and_falls_with_the_order_of_the_pairs():
    first = ran().learner(0, 1)
    assert error(ran().champion) < error(first) - 0.1
    assert error(ran("order").champion) > error(first) + 0.1
    assert error(ran("judge").champion) > error(ran().champion) + 0.05


def test_the_win_rate_against_the_origin_rises():
    cards: list[Any] = [ran().store.phases[Phase(stage=1, round=n, name="evaluation")] for n in range(ROUNDS + 1)]
    values = [card[0].value for card in cards]
    assert values[-1] > values[0]
    told = [data for kind, data in ran().store.events if kind == "compared"]
    assert {data["against"] for data in told} == {ran().origin.hash}
    assert all(len(data["characters"]) == 2 for data in told)


def test_the_learner_never_measures_itself():
    with pytest.raises(RecipeError, match="the learner would judge itself"):
        load("self_rewarding")(referee="learner")


def graded(it: Ran) -> dict[tuple[int, str, str], float]:
    """Round, task and text -> the lowest score the judge gave it."""
    found: dict[tuple[int, str, str], float] = {}
    for number in NUMBERS:
        for e in it.batch("feedback", number):
            if e.solution:
                at = (number, e.task.id, e.solution.text)
                found[at] = min(found.get(at, e.score), e.score)
    return found


def better(it: Ran) -> float:
    """Share of the rows trained on, among those with one right side, whose preferred side is right."""
    rows = [row for job in it.jobs for row in job.rows if row.rejected]
    told = [(TOY.taught(row), TOY.taught(turned(row))) for row in rows]
    differ = [good for good, bad in told if good != bad]
    return sum(differ) / len(differ)


def turned(row: Row) -> Row:
    return Row(messages=(*row.messages[:-1], *row.rejected), learn=row.learn)


def error(learner: Learner) -> float:
    return float(learner.model.name.split("/")[1])
