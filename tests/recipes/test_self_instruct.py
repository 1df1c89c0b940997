"""Self-Instruct works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

from tests.recipes.instructing import Descriptions
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Learner, Message, Objective, Phase, Prompt, Solution, put, run
from lamarck.operators.descent import root
from lamarck.operators.inventing import instruction, words
from lamarck.operators.objectives import Weakest
from lamarck.recipes import load
from lamarck.recipes.self_instruct import FORMS
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trust import Open

SEEDS, ROUNDS, PROMPTS = 8, 4, 40
NUMBERS = range(1, ROUNDS + 1)
UNFIT = ("Draw me a ship that sails home.", "Write a program that sorts my three letters.", "- too", "Do it.")
LABELS = ("good", "bad")


def text(number: int) -> str:
    """The words of task number so and so: six that no other has. Every second one is a classification."""
    rng = Random(number)
    made = ["".join(rng.choices("bdfgklmnprst", k=3)) + rng.choice("aeiou") + str(number) for _ in range(6)]
    return " ".join([*made, "class" if number % 2 else "free"])


KNOWN = {text(number): number for number in range(9000)}


@dataclass(frozen=True, kw_only=True)
class Words(Descriptions):
    """A world whose seeds are the first of these texts."""

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        said = (Message(role="assistant", text="So it is.", author="corpus"),)
        made = [instruction(f"seed/{number}", text(number), "seed") for number in range(SEEDS)]
        return [Experience(task=task, solution=Solution(messages=said, author="corpus")) for task in made][:n]


def written(prompt: Prompt, seed: int) -> str:
    """A new task is one of three neighbours of one that is shown; cases and verdicts are as they should be."""
    rng, name = Random(f"right {seed}"), prompt.name.rpartition("/")[2]
    asked = prompt.fields.get("task", "")
    match name:
        case "task":
            shown = [line.partition(": ")[2] for line in prompt.fields["examples"].split("\n\n")]
            far = 1500 if "above all" in prompt.fields["objective"] else 0
            return text(far + SEEDS + 3 * KNOWN.get(rng.choice(shown), 0) + rng.randrange(3))
        case "classify":
            return f"verdict: {'yes' if asked.endswith('class') else 'no'}"
        case "label_first":
            return "\n".join(f"label: {label}\ninput: case {rng.random()}" for label in LABELS)
        case "input_first":
            skewed = LABELS[rng.random() < 0.05] if asked.endswith("class") else f"free text {rng.random()}"
            return f"input: case {rng.random()}\noutput: {skewed}"
        case _:
            return "So it is."


def spoilt(prompt: Prompt, seed: int) -> str:
    """A near copy of what is shown, or a task that is unfit; cases that end in the middle."""
    rng = Random(f"wrong {seed}")
    if prompt.name == "self_instruct/task":
        shown = prompt.fields["examples"].split("\n\n")[-1].partition(": ")[2].split()
        copy = " ".join(["other", *shown[1:]])
        return copy if rng.random() < 0.8 else rng.choice(UNFIT)
    return f"input: case {rng.random()}\noutput: as follows:"


def rates(prompt: Prompt, rate: float) -> float:
    return {"task": rate, "classify": 0.0}.get(prompt.name.rpartition("/")[2], 0.1)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=0, round=round, name=phase))

    @property
    def cases(self) -> Batch:
        return [e for number in NUMBERS for e in self.batch("tasks", number)]

    @property
    def instructions(self) -> list[str]:
        """Those that were kept in all rounds, each once."""
        return list(dict.fromkeys(words(e.task).partition("\n\n")[0] for e in self.cases))


@cache
def ran(*ablate: str, **more: Any) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda _row: True), load("self_instruct")
    models = ScriptedModels(answer=written, wrong=spoilt, rates=rates)
    ctx = context(
        roles={"teacher": "scripted/0.4"}, environment=Words(), models=models, store=store, trainer=trainer,
        gate=Open(), labels=recipe.labels,
    )  # fmt: skip
    method: Any = recipe(rounds=ROUNDS, prompts=PROMPTS, referee="environment", ablate=ablate)
    for path, value in {"tasks.SelfInstruct.tries": 1, **more}.items():
        method = put(path, value)(method)
    run(method, ctx)
    return Ran(base=ctx.learner, store=store, trainer=trainer, models=models)


def overlap(one: str, other: str) -> float:
    """ROUGE-L F of two texts, by the table of the longest common subsequence."""
    a, b = one.split(), other.split()
    row = [0] * (len(b) + 1)
    for word in a:
        before = row[:]
        for at, each in enumerate(b):
            row[at + 1] = before[at] + 1 if word == each else max(row[at], before[at + 1])
    return 2 * row[-1] / (len(a) + len(b))


def no_two_are_alike(it: Ran) -> bool:
    pool = [*it.instructions, *(text(number) for number in range(SEEDS))]
    return len(it.instructions) > SEEDS and max(overlap(a, b) for a, b in combinations(pool, 2)) <= 0.7


def all_are_fit(it: Ran) -> bool:
    return bool(it.instructions) and not set(UNFIT) & set(it.instructions)


def own_tasks_are_shown_and_lead_further(it: Ran) -> bool:
    """From the seeds alone no task beyond their neighbours can be thought of."""
    return max(KNOWN.get(each, 0) for each in it.instructions) >= SEEDS + 3 * SEEDS


def labels_are_even(it: Ran) -> bool:
    labels = Counter(e.solution.text for e in it.cases if e.solution and e.solution.text in LABELS)
    shares = [labels[label] / labels.total() for label in LABELS]
    return -sum(share * math.log2(share) for share in shares if share) > 0.9


def every_form_is_trained_on(it: Ran) -> bool:
    return len({row.messages[0].text.split()[0] for job in it.trainer.jobs for row in job.rows}) == len(FORMS)


def all_rounds_are_trained_on(it: Ran) -> bool:
    sizes = [len(job.rows) for job in it.trainer.jobs]
    return len(sizes) == ROUNDS and sizes == sorted(set(sizes))


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "novel": no_two_are_alike,
    "fit": all_are_fit,
    "feedback": own_tasks_are_shown_and_lead_further,
    "label_first": labels_are_even,
    "forms": every_form_is_trained_on,
    "union": all_rounds_are_trained_on,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("self_instruct", ran, INVARIANTS)


def test_six_of_people_and_two_of_its_own_are_shown_from_the_second_round_on():
    asked = [fields["examples"] for fields in given(ran()) if "examples" in fields]
    people = {text(number) for number in range(SEEDS)}
    shown = [Counter(line.partition(": ")[2] in people for line in each.split("\n\n")) for each in asked]
    assert {(each[True], each[False]) for each in shown[:PROMPTS]} == {(6, 0)}
    assert {(each[True], each[False]) for each in shown[PROMPTS:]} == {(6, 2)}


def test_own_tasks_among_those_shown_lead_to_more_than_the_seeds_alone():
    assert len(ran().instructions) > 1.2 * len(ran("feedback").instructions)


def test_no_output_ends_with_a_colon_and_no_task_is_left_without_a_case():
    rows = ran().trainer.jobs[-1].rows
    assert not any(row.messages[-1].text.endswith(":") for row in rows)
    assert {root(e.task) for e in ran().cases} >= {root(e.task) for e in ran().batch("refinement", ROUNDS)}


def test_a_weak_node_changes_what_the_second_round_is_asked_for_and_holds():
    it = ran(next=Weakest(metric="win rate"))
    asked = [fields["objective"] for fields in given(it) if "objective" in fields]
    assert asked[0] == Objective(ability="instruction following").ability
    assert asked[-1].startswith("instruction following, above all ")
    held = [{KNOWN.get(words(e.task).partition("\n\n")[0], 0) >= 1500 for e in it.batch("tasks", n)} for n in (1, 2)]
    assert held == [{False}, {True}]


def given(it: Ran) -> list[Any]:
    """The fields of every call, in order."""
    return [call.request.prompt.fields for call in it.models.calls]
