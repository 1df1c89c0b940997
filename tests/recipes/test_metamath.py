"""MetaMath works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.recipes.boxes import NUMBERS, file, solved, spoilt, written
from tests.recipes.rows import proofs

from lamarck import environments
from lamarck.core import Batch, Environment, Experience, Learner, Phase, Prompt, run
from lamarck.operators.descent import root
from lamarck.operators.inventing import question, words
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

FORMS = ("mask: state", "mask: declare")


def rates(prompt: Prompt, rate: float) -> float:
    """Three rephrasings in ten are corrupted; declarations and answers are mostly right."""
    return rate if prompt.name == "metamath/rephrase" else 0.1


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    gold: dict[str, str] = field(default_factory=dict[str, str])

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))

    def of(self, by: str, phase: str = "refinement") -> Batch:
        """Those of one way of making tasks, "" for the questions as they were."""
        return [e for e in self.batch(phase) if str(e.task.parameters.get("by", "")) == by]


@cache
def world() -> Environment:
    with TemporaryDirectory() as folder:
        return environments.from_tasks(str(file(Path(folder))), check="numeric")


@cache
def ran(*ablate: str, rate: str = "0.3") -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda _row: True), load("metamath")
    ctx = context(
        roles={"teacher": f"scripted/{rate}"},
        environment=world(),
        models=ScriptedModels(answer=written, wrong=spoilt, rates=rates),
        store=store,
        trainer=trainer,
        labels=recipe.labels,
    )
    run(recipe(ablate=ablate), ctx)
    return Ran(base=ctx.learner, store=store, trainer=trainer)


def each_question_is_asked_in_other_words_too(it: Ran) -> bool:
    kept = it.of("metamath/rephrase")
    return len(kept) > 10 and all(question(e.task) != e.task.fields["original"] for e in kept)


def a_question_with_n_numbers_has_n_backward_ones(it: Ran) -> bool:
    made = {form: Counter(root(e.task) for e in it.of(form, "tasks")) for form in FORMS}
    asked = {e.task.id for e in it.of("", "tasks")}
    whole = made["mask: state"].keys() == asked and set(made["mask: state"].values()) == {NUMBERS}
    return whole and made["mask: declare"].keys() == asked and max(made["mask: declare"].values()) == NUMBERS


def what_is_kept_is_right(it: Ran) -> bool:
    return bool(it.batch("refinement")) and all(said(e) == truth(e) for e in it.batch("refinement"))


def corrupted_rephrasings_are_all_rejected(it: Ran) -> bool:
    made = it.of("metamath/rephrase", "tasks")
    return any(corrupted(e) for e in made) and not any(corrupted(e) for e in it.of("metamath/rephrase"))


def no_answer_comes_twice(it: Ran) -> bool:
    texts = Counter((e.task.id, e.solution.text) for e in it.batch("refinement") if e.solution)
    return bool(texts) and set(texts.values()) == {1}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "rephrase": each_question_is_asked_in_other_words_too,
    "backward": a_question_with_n_numbers_has_n_backward_ones,
    "check": what_is_kept_is_right,
    "gold": corrupted_rephrasings_are_all_rejected,
    "distinct": no_answer_comes_twice,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("metamath", ran, INVARIANTS)


@pytest.mark.parametrize("form", FORMS)
def test_a_kept_backward_answer_put_in_place_solves_the_question(form: str):
    kept = ran().of(form)
    assert len(kept) > 20
    for e in kept:
        forward = e.task.fields["masked"].replace(f" {e.task.fields['unknown']} ", f" {said(e)} ")
        assert solved(forward) == whole_answer(ran(), e)
        assert "Which number does" in words(e.task)


def test_what_is_declared_asks_nothing_twice_and_states_the_answer():
    for e in ran().of("mask: declare", "tasks"):
        assert question(e.task).count("?") == 1
        assert f" {whole_answer(ran(), e)} " in question(e.task)
    harvest: Any = ran().store.phases[Phase(stage=0, round=1, name="tasks")]
    assert {drop.reason.partition(": ")[2] for drop in harvest.drops if drop.operator.startswith("tasks.Mask")} == {
        "does not hold the answer"
    }


def test_the_form_of_the_answer_is_asked_for_in_every_task():
    assert {words(e.task).rpartition("\n\n")[2][:12] for e in ran().batch("tasks")} == {"Reason step "}


def test_the_untouched_learner_is_trained_on_what_the_teacher_wrote():
    (job,) = ran().trainer.jobs
    assert ran().trainer.starts == [ran().base.model]
    assert len(job.rows) == len(ran().batch("refinement"))
    assert ran().base.hash not in {row.messages[-1].author for row in job.rows}


def said(e: Experience) -> str:
    return (e.solution.text if e.solution else "").rpartition(" ")[2].rstrip(".")


def truth(e: Experience) -> str:
    return e.task.reference.open().read() if e.task.reference else ""


def corrupted(e: Experience) -> bool:
    return solved(question(e.task)) != truth(e)


def whole_answer(it: Ran, e: Experience) -> str:
    return next(truth(each) for each in it.of("", "tasks") if each.task.id == root(e.task))
