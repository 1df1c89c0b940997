"""SOFT works when these invariants hold, and each fails with its mechanism off.

The model puts its answer as one of the examples it is shown puts its own, and at times goes on with another question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from random import Random
from statistics import fmean
from typing import Any

from tests.operators.on_pupil import on_pupil
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Learner, Objective, Phase, Prompt, Row, Split, Task, digest, put, run
from lamarck.environments import load as world_of
from lamarck.operators.feedback import Likelihood
from lamarck.operators.refinement import Take
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.testing.gate import PlainGate
from lamarck.trust import Open

ROUNDS = 3
NUMBERS = range(1, ROUNDS + 1)


class Few(ToyEnvironment):
    """Fewer held-out tasks than others."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return super().tasks(split, n or (self.n if split == "practice" else 16), seed, objective)


TOY = Few(n=48)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ablate: tuple[str, ...]
    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=0, round=round, name=phase))

    def began(self, round: int) -> Learner:
        made = self.store.phases[Phase(stage=0, round=round - 1, name="updating")] if round > 1 else self.base
        assert isinstance(made, Learner)
        return made

    @property
    def error(self) -> float:
        return float(self.champion.model.name.partition("/")[2])


def put_as_shown(prompt: Prompt, seed: int, result: str) -> str:
    """The result in the words of one of the examples, and now and then more than was asked for."""
    rng, shown = Random(seed), re.findall(r"Answer: (.*)", prompt.fields.get("examples", ""))
    form = re.sub(r"-?\d+$", result, rng.choice(shown)) if shown else result
    return form + "\nQuestion: 1+1\nAnswer: 2" * (bool(shown) and seed % 3 == 0)


def right(prompt: Prompt, seed: int) -> str:
    return put_as_shown(prompt, seed, TOY.solved(prompt))


def wrong(prompt: Prompt, seed: int) -> str:
    return put_as_shown(prompt, seed, str(int(TOY.solved(prompt)) + 1 + seed % 9))


def likely(_model: str, _prompt: Prompt, text: str) -> float:
    """By word."""
    return -1.0 - digest(text) % 97 / 97


@cache
def ran(*ablate: str, spoilt: bool = False, **options: Any) -> Ran:
    """In: whether from round 2 on what is learned makes it worse."""
    recipe, store = load("soft"), MemoryStore()
    trainer = RecordingTrainer(right=TOY.taught, half=12)
    if spoilt:
        trainer.right = lambda row: len(trainer.jobs) < 2 and TOY.taught(row)
    models = ScriptedModels(answer=right, wrong=wrong, likelihood=likely)
    ctx = context(
        learner="scripted/0.4", environment=TOY, models=models, store=store, trainer=trainer,
        gate=PlainGate() if spoilt else Open(), labels=recipe.labels,
    )  # fmt: skip
    made = run(put("evaluation.protected", 0)(recipe(ablate=ablate, **options)), ctx)
    return Ran(ablate=ablate, base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def parts_share_no_task_and_make_up_the_whole(it: Ran) -> bool:
    ids = [e.task.id for number in NUMBERS for e in it.batch("tasks", number)]
    return len(ids) == len(set(ids)) == TOY.n


def every_part_is_answered_by_the_learner_of_its_round(it: Ran) -> bool:
    return all({e.origin.learner for e in it.batch("refinement", n)} == {it.began(n).hash} for n in NUMBERS)


def answers_stay_diverse(it: Ran) -> bool:
    return all(len(shapes(it.batch("refinement", number))) >= 3 for number in NUMBERS)


def no_answer_goes_on_with_another_question(it: Ran) -> bool:
    return not any("Question" in row.messages[-1].text for job in it.trainer.jobs for row in job.rows)


def what_is_likely_by_the_word_comes_first(it: Ran) -> bool:
    orders = [[likely("", e.prompt, text(e)) for e in it.batch("refinement", number)] for number in NUMBERS]
    return all(before >= after for order in orders for before, after in pairwise(order))


def training_keeps_the_order(it: Ran) -> bool:
    return all(
        job.settings.get("ordered")
        and [row.messages[-1].text for row in job.rows] == [text(e) for e in it.batch("refinement", number)]
        for number, job in zip(NUMBERS, it.trainer.jobs, strict=True)
    )


def it_ends_with_the_first_round_that_brings_nothing(it: Ran) -> bool:
    fell = ran(*it.ablate, spoilt=True)
    return len(fell.trainer.jobs) == 2 and fell.champion == fell.began(2)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "parts": parts_share_no_task_and_make_up_the_whole,
    "current": every_part_is_answered_by_the_learner_of_its_round,
    "pool": answers_stay_diverse,
    "leaks": no_answer_goes_on_with_another_question,
    "easy_first": what_is_likely_by_the_word_comes_first,
    "per_token": what_is_likely_by_the_word_comes_first,
    "ordered": training_keeps_the_order,
    "stop": it_ends_with_the_first_round_that_brings_nothing,
}
"""Ablation -> what must hold, and fails with it."""


def text(e: Experience) -> str:
    return e.solution.text if e.solution else ""


def shapes(batch: Batch) -> set[str]:
    """How the answers are put, whatever the numbers."""
    return {re.sub(r"-?\d+", "0", text(e)) for e in batch}


TestRow = proofs("soft", ran, INVARIANTS)


def test_three_rounds_beat_one_on_as_many_prompts_and_the_first_model_s_labels():
    one = ran(rounds=1)
    assert len(one.batch("tasks", 1)) == TOY.n
    assert ran().error < one.error - 0.02
    assert ran().error < ran("current").error - 0.02


def test_examples_and_principles_are_not_trained_on():
    rows: list[Row] = [row for job in ran().trainer.jobs for row in job.rows]
    assert all(row.messages[0].text.startswith("task/sum left=") and "Question" not in row.messages[0].text
               for row in rows)  # fmt: skip


def test_examples_are_drawn_anew_for_every_prompt():
    shown = [e.asked.fields["examples"] for number in NUMBERS for e in ran().batch("refinement", number) if e.asked]
    assert len(set(shown)) == len(shown) == TOY.n
    assert all(one.count("Question: ") == 5 for one in shown)
    fixed = [e.asked.fields["examples"] for n in NUMBERS for e in ran("pool").batch("refinement", n) if e.asked]
    assert len(set(fixed)) <= 2  # none is shown itself


def test_a_pupil_finds_short_programs_easier_than_long_ones_however_long_the_text():
    world: Any = world_of("listmachine")
    depths = dict[str, int]()
    batch = list[Experience]()
    for depth in (1, 3):
        made = world.labelled(8, 3, Objective(ability="", parameters={"kind": "synth", "depth": depth}))
        depths |= {e.task.id: depth for e in made}
        batch += [replace(e, sample=0) for e in made]
    scored = Likelihood(role="learner", per_token=True)(batch[::-1], on_pupil(environment=world))
    order = [depths[e.task.id] for e in Take(share=1.0, by="score")(scored, on_pupil(environment=world))]
    half = len(order) // 2
    assert fmean(order[:half]) < fmean(order[half:])
