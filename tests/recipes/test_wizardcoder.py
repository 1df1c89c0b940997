"""WizardCoder works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from random import Random
from statistics import fmean
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Batch, Feedback, Job, Learner, ModelRef, Phase, Prompt, Solution, Trained, put, run
from lamarck.environments.code.functions import Functions
from lamarck.environments.code.problem import Problem
from lamarck.operators.inventing import question
from lamarck.recipes import load
from lamarck.recipes.wizardlm import LEAKS
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

GAIN, WRONG = "wizardlm/gain", "This may help:\n```python\nreturn None\n```"
WAYS = ("It must take no second list.", "It must log each call.", "It must work in place.",
        "It must take any iterable.", "It must be linear.", "It must need no import.",
        "It must raise on None.", "It must keep the order.")  # fmt: skip
CURVE = (0.6, 0.4, 0.2, 0.9, 0.1)
"""Error rates of the learners that the rounds make: up, up, up, down, and what nobody waits for."""


class Tests:
    """Rules without a sandbox: a program is right that is marked so."""

    def ruled(self, problem: Problem, solution: Solution) -> Feedback:
        right = "right" in solution.text
        return Feedback(passed=right, score=float(right))


WORLD = Functions(Tests())  # type: ignore[arg-type]


@dataclass(kw_only=True)
class Curve(RecordingTrainer):
    """Makes learners of given error rates, whatever they are trained on."""

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        trained = super().fit(model, job, into)
        made = f"scripted/{CURVE[(len(self.jobs) - 1) % len(CURVE)]}"
        digest = hashlib.sha256(f"{made} {trained.model.digest}".encode()).hexdigest()
        return Trained(model=ModelRef(name=made, digest=digest), steps=1, tokens=1, losses=(0.0,), seconds=0.0)


def demands(text: str) -> int:
    """What a program can count of a task's difficulty."""
    return sum(way in text for way in WAYS) + text.count(WRONG)


def written(prompt: Prompt, seed: int) -> str:
    rng, text = Random(seed), prompt.fields.get("task") or prompt.messages[-1].text
    if prompt.name == GAIN:
        return f"verdict: {'yes' if demands(text) > demands(prompt.fields['original']) else 'no'}"
    if prompt.name == "wizardcoder/mislead":
        return f"{text}\n{WRONG}"
    if prompt.name.startswith("wizardcoder/"):
        return f"{text}\n{rng.choice([way for way in WAYS if way not in text])}"
    return "```python\nright = 1\n```"


def spoilt(prompt: Prompt, seed: int) -> str:
    text = prompt.fields.get("task") or prompt.messages[-1].text
    if prompt.name.startswith("wizardcoder/"):
        return (f"Please program this: {text}", f"The rewritten task: {written(prompt, seed)}")[seed % 2]
    return ("Sorry, no.", "...", "```python\nwrong = 1\n```")[seed % 3]


def rates(prompt: Prompt, rate: float) -> float:
    return 0.0 if prompt.name == GAIN else rate


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: Curve

    @property
    def rounds(self) -> int:
        """How many were made."""
        return max(at.round for at in self.store.phases)

    def new(self, round: int) -> Batch:
        """What a round added to the union, without the seeds."""
        kept = self.store.batch(Phase(stage=0, round=round, name="refinement"))
        return [e for e in kept if e.origin.round == round and "of" in e.task.parameters]

    @property
    def union(self) -> Batch:
        return [e for number in range(1, self.rounds + 1) for e in self.new(number)]


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), Curve(right=lambda _row: True), load("wizardcoder")
    models = ScriptedModels(answer=written, wrong=spoilt, rates=rates)
    ctx = context(
        learner="scripted/0.8", roles={"teacher": "scripted/0.3"}, environment=WORLD, models=models, store=store,
        trainer=trainer, labels=recipe.labels,
    )  # fmt: skip
    made = run(put("evaluation.samples", 1)(recipe(ablate=ablate)), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def every_task_demands_more(it: Ran) -> bool:
    return bool(it.union) and all(demands(question(e.task)) > demands(e.task.fields["original"]) for e in it.union)


def every_answer_is_one(it: Ran) -> bool:
    return bool(it.union) and all(e.solution and "python" in e.solution.text for e in it.union)


def no_word_of_the_prompt(it: Ran) -> bool:
    return bool(it.union) and not any(leak in question(e.task).casefold() for e in it.union for leak in LEAKS)


def difficulty_rises(it: Ran) -> bool:
    means = [0.0, *(fmean(demands(question(e.task)) for e in it.new(number)) for number in range(1, 4))]
    return all(after > before for before, after in pairwise(means))


def some_are_misled(it: Ran) -> bool:
    return any(WRONG in question(e.task) for e in it.union)


def all_rounds_are_trained_on(it: Ran) -> bool:
    rows = [{row.messages[0].text for row in job.rows} for job in it.trainer.jobs]
    return all(before <= after for before, after in pairwise(rows))


def it_stops_where_the_score_drops(it: Ran) -> bool:
    return it.rounds == 4 and it.champion.model.name == "scripted/0.2"


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "judge": every_task_demands_more,
    "refusals": every_answer_is_one,
    "leaks": no_word_of_the_prompt,
    "retry": difficulty_rises,
    "misdirection": some_are_misled,
    "union": all_rounds_are_trained_on,
    "stop": it_stops_where_the_score_drops,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("wizardcoder", ran, INVARIANTS)


def test_the_third_round_is_what_stays():
    verdicts: Any = [made for at, made in ran().store.phases.items() if at.name == "verdict"]
    assert [verdict.decision for verdict in verdicts] == ["promoted"] * 3 + ["rolled back"]


def test_the_untouched_learner_is_trained_and_held_out_functions_are_in_no_task():
    assert set(ran().trainer.starts) == {ran().base.model}
    held = {task.messages[0].text for split in ("selection", "sealed")
            for task in WORLD.tasks(split, None, 0, context().objective)}  # type: ignore[arg-type]  # fmt: skip
    assert not [e for e in ran().union if any(text in question(e.task) for text in held)]


def test_an_evolved_task_has_no_tests_and_so_no_verdict():
    evolved = ran().union[0]
    assert evolved.solution
    assert Functions().check(evolved.task, evolved.solution).passed is None
