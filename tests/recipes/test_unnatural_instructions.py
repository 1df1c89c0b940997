"""Unnatural Instructions works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from tests.recipes.instructing import Descriptions
from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Phase, Prompt, by_task, put, run
from lamarck.operators.descent import root
from lamarck.operators.inventing import question, words
from lamarck.recipes import load
from lamarck.recipes.unnatural_instructions import FIELDS
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trust import Open

LABELS = ("blue", "green")
PROMPTS = 40
WAYS = ("{0}: blue or green, what is its colour?", "Blue or green, which is the colour of {0}?",
        "Colour ({0})? Only blue or green.")  # fmt: skip


def written(prompt: Prompt, seed: int) -> str:
    """A task with its fields, another way to say it, or an output that obeys what the task asks for."""
    rng = Random(f"right {seed}")
    if prompt.name == "unnatural_instructions/task":
        return f"Instruction: Name its colour.\nInput: thing {rng.randrange(10_000)}\nConstraints: blue or green"
    if prompt.name == "unnatural_instructions/rephrase":
        thing = prompt.fields["task"].partition("Input: ")[2].splitlines()[0]
        return rng.choice(WAYS).format(thing)
    asked = prompt.messages[-1].text if prompt.messages else ""
    return rng.choice(LABELS if "blue" in asked.casefold() else ("I would call it turquoise.", "Hard to say."))


def spoilt(prompt: Prompt, seed: int) -> str:
    """A task without constraints, or one that was made before but for its signs."""
    if prompt.name == "unnatural_instructions/task":
        mark = ".!;"[seed % 3]
        again = f"Instruction: Name its colour{mark}\nInput: thing 0\nConstraints: blue or green"
        return (again, f"Instruction: Name its colour.\nInput: thing {seed % 1000}")[seed // 3 % 2]
    return written(prompt, seed)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run of one round and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda _row: True), load("unnatural_instructions")
    models = ScriptedModels(answer=written, wrong=spoilt)
    ctx = context(
        roles={"teacher": "scripted/0.3"}, environment=Descriptions(), models=models, store=store, trainer=trainer,
        gate=Open(), labels=recipe.labels,
    )  # fmt: skip
    method: Any = recipe(prompts=PROMPTS, ablate=ablate)
    for path, value in {"tasks.SelfInstruct.tries": 1, "solutions.n": 3}.items():
        method = put(path, value)(method)
    run(method, ctx)
    return Ran(base=ctx.learner, store=store, trainer=trainer, models=models)


def outputs_obey_their_constraints(it: Ran) -> bool:
    said = [e.solution.text for e in it.batch("feedback") if e.solution]
    return len(said) > PROMPTS / 2 and sum(each in LABELS for each in said) >= 0.95 * len(said)


def no_task_comes_twice(it: Ran) -> bool:
    made = Counter(" ".join(re.findall(r"\w+", words(e.task))) for e in it.batch("tasks"))
    return bool(made) and set(made.values()) == {1}


def tasks_differ_and_an_output_is_always_the_same(it: Ran) -> bool:
    groups = by_task(it.batch("feedback"))
    return len(groups) > 10 and all(len({e.solution.text for e in group if e.solution}) == 1 for group in groups)


def each_task_is_said_in_other_ways_with_the_same_output(it: Ran) -> bool:
    outputs = {e.task.id: e.solution.text for e in it.batch("feedback") if e.solution}
    ways = [e for e in it.batch("refinement") if "of" in e.task.parameters]
    same = all(e.solution and e.solution.text == outputs[root(e.task)] for e in ways)
    return same and len(ways) > len(outputs) and not any(field in question(e.task) for e in ways for field in FIELDS)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "fields": outputs_obey_their_constraints,
    "novel": no_task_comes_twice,
    "greedy": tasks_differ_and_an_output_is_always_the_same,
    "paraphrases": each_task_is_said_in_other_ways_with_the_same_output,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("unnatural_instructions", ran, INVARIANTS)


def test_three_are_shown_and_tasks_are_drawn_freely():
    asked = [call.request for call in ran().models.calls if call.request.prompt.name == "unnatural_instructions/task"]
    assert {request.prompt.fields["examples"].count("Task ") for request in asked} == {3}
    assert {(request.sampling.temperature, request.sampling.top_p) for request in asked} == {(1.0, 0.99)}


def test_the_untouched_learner_is_trained_on_all_ways():
    assert ran().trainer.starts == [ran().base.model]
    assert len(ran().trainer.jobs[0].rows) == len(ran().batch("refinement"))
