"""WizardLM works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from statistics import fmean
from typing import Any

import pytest
from tests.recipes.instructing import TOPICS, Descriptions, conditions, gained, spoilt, topic, written
from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Limits, Phase, Prompt, put, run
from lamarck.operators.descent import root
from lamarck.operators.inventing import question
from lamarck.operators.objectives import Weakest
from lamarck.recipes import load
from lamarck.recipes.wizardlm import LEAKS
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trust import Open

WORLD, ROUNDS = Descriptions(), 3
NUMBERS = range(1, ROUNDS + 1)


def rates(prompt: Prompt, rate: float) -> float:
    """The judge is always right; three rewrites in ten are worth nothing, and three answers."""
    return 0.0 if prompt.name == "wizardlm/gain" else rate


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=0, round=round, name=phase))

    def new(self, round: int) -> Batch:
        """What a round added to the union, without the seeds."""
        return [e for e in self.batch("refinement", round) if e.origin.round == round and "of" in e.task.parameters]

    @property
    def union(self) -> Batch:
        return [e for e in self.batch("refinement", ROUNDS) if "of" in e.task.parameters]


@cache
def ran(*ablate: str, teacher: str = "scripted/0.3", answer: Any = written, wrong: Any = spoilt, **more: Any) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda _row: True), load("wizardlm")
    models = ScriptedModels(answer=answer, wrong=wrong, rates=rates)
    ctx = context(
        roles={"teacher": teacher}, environment=WORLD, models=models, store=store, trainer=trainer, gate=Open(),
        labels=recipe.labels,
    )  # fmt: skip
    method = recipe(rounds=ROUNDS, referee="environment", ablate=ablate)
    for path, value in more.items():
        method = put(path, value)(method)
    run(method, ctx)
    return Ran(base=ctx.learner, store=store, trainer=trainer, models=models)


def every_task_asks_for_something_new(it: Ran) -> bool:
    return bool(it.union) and all(gained(e.task.fields["original"], question(e.task)) for e in it.union)


def no_refusal_and_no_empty_answer(it: Ran) -> bool:
    texts = [e.solution.text for e in it.union if e.solution]
    return bool(texts) and not any(text.startswith(("Sorry", "...", "It is what")) for text in texts)


def no_word_of_the_prompt(it: Ran) -> bool:
    return bool(it.union) and not any(leak in question(e.task).casefold() for e in it.union for leak in LEAKS)


def difficulty_rises(it: Ran) -> bool:
    """Conditions that a program counts, in what each round adds; round 0 has none."""
    means = [0.0, *(fmean(len(conditions(question(e.task))) for e in it.new(number)) for number in NUMBERS)]
    return all(after > before for before, after in pairwise(means))


def coverage_rises(it: Ran) -> bool:
    known = {name for names in TOPICS.values() for name in names}
    return bool({topic(question(e.task)) for e in it.union} - known)


def all_rounds_are_trained_on(it: Ran) -> bool:
    rows = [{row.messages[0].text for row in job.rows} for job in it.trainer.jobs]
    return len(rows) == ROUNDS and all(before <= after for before, after in pairwise(rows))


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "judge": every_task_asks_for_something_new,
    "refusals": no_refusal_and_no_empty_answer,
    "leaks": no_word_of_the_prompt,
    "retry": difficulty_rises,
    "breadth": coverage_rises,
    "union": all_rounds_are_trained_on,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("wizardlm", ran, INVARIANTS)


@pytest.mark.parametrize("ablate", [(), ("judge",)])
def test_an_evolver_that_changes_nothing_is_eliminated_whole(ablate: tuple[str, ...]):
    it = ran(*ablate, answer=unchanged, wrong=unchanged)
    assert not it.union
    reasons = Counter(drop.reason for number in NUMBERS for drop in drops(it, "tasks", number))
    assert reasons == {"says what the old task says": ROUNDS * len(roots())}


def test_an_evolver_that_only_changes_the_words_is_eliminated_by_the_judge():
    it = ran(answer=reworded, wrong=reworded)
    assert not it.union
    assert ran("judge", answer=reworded, wrong=reworded).union


def test_what_failed_stays_as_it_was_and_is_tried_again():
    kept = {root(e.task): question(e.task) for e in ran().new(1)}
    asked = {call.request.prompt.fields["task"] for call in evolving(ran())[len(roots()) :][: len(roots())]}
    assert 0 < len(kept) < len(roots())
    assert asked == {kept.get(task.id, question(task)) for task in roots()}


def test_the_five_prompts_are_equally_likely_and_drawn_as_in_the_script():
    names = Counter(call.request.prompt.name for call in evolving(ran(rounds=12)))
    assert len(names) == 5
    assert max(names.values()) < 2 * min(names.values())
    sampling = evolving(ran())[0].request.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (1.0, 0.95, 2048)


def test_the_teacher_writes_and_the_untouched_learner_is_trained_on_it_and_on_the_seeds():
    assert set(ran().trainer.starts) == {ran().base.model}
    authors = {row.messages[-1].author for row in ran().trainer.jobs[-1].rows}
    assert len(authors) == 2
    assert "corpus" in authors
    assert ran().base.hash not in authors


def test_a_weak_node_changes_what_the_second_round_holds():
    def nodes(it: Ran) -> set[Any]:
        return {e.task.parameters["node"] for e in it.batch("tasks", 2)}

    def weak(prompt: Prompt, seed: int) -> str:
        text = written(prompt, seed)
        return "Nobody knows." if prompt.messages and topic(prompt.messages[-1].text) in TOPICS["house"] else text

    steered = ran(answer=weak, wrong=weak, next=Weakest(metric="win rate"))
    assert nodes(ran(answer=weak, wrong=weak)) == {"land", "house"}
    assert len(nodes(steered)) == 1
    asked = [call.request.prompt.fields["objective"] for call in evolving(steered)]
    assert asked[0] == "instruction following"
    assert asked[-1] == f"instruction following, above all {nodes(steered).pop()}"


def test_it_makes_data_without_a_judge_of_answers_and_without_training():
    recipe, store = load("wizardlm"), MemoryStore()
    models = ScriptedModels(answer=written, wrong=spoilt, rates=rates)
    ctx = context(learner="scripted/0.1", environment=WORLD, models=models, store=store, labels=recipe.labels)
    run(recipe(), replace(ctx, limits=Limits(until="refinement")))
    assert {phase.name for phase in store.phases} == {"tasks", "feedback", "refinement"}
    assert store.batch(Phase(stage=0, round=1, name="refinement"))


def roots() -> list[Any]:
    return list(WORLD.tasks("practice", None, 0, context().objective))


def evolving(it: Ran) -> list[Any]:
    """The calls that ask for a task."""
    return [call for call in it.models.calls if evolves(call.request.prompt)]


def evolves(prompt: Prompt) -> bool:
    return prompt.name.startswith("wizardlm/") and prompt.name != "wizardlm/gain"


def drops(it: Ran, phase: str, round: int) -> list[Any]:
    harvest: Any = it.store.phases[Phase(stage=0, round=round, name=phase)]
    return list(harvest.drops)


def unchanged(prompt: Prompt, seed: int) -> str:
    """Rewrites nothing; judges and answers well."""
    return prompt.fields["task"] if evolves(prompt) else written(prompt, seed)


def reworded(prompt: Prompt, seed: int) -> str:
    """Says the same in other words."""
    same = unchanged(prompt, seed)
    return f"Please: {same}" if same == prompt.fields.get("task") else same
