"""Self-Align works when these invariants hold, and each fails with its mechanism off.

Whether the principles are in the rows is seen by a tiny decoder that learns them from nothing, and is then asked about
things it never read of, without a principle in sight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from tests.operators.tasks.test_from_text import Bare
from tests.recipes.rows import proofs
from tests.recipes.tiny import taught

from lamarck.core import Batch, Message, Objective, Phase, Prompt, Reference, Split, Task, run
from lamarck.operators.branching import KINDS
from lamarck.recipes import load
from lamarck.recipes.self_align import ECHOES, THOUGHT
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trust import Open

ENGRAVE, CLONE = range(2)
SHORT = KINDS[0]
"""The kind for which fewer topics come to mind."""
UNSEEN = [f"thing{number}" for number in range(900, 920)]


def coming(thing: str) -> str:
    """What nobody can know."""
    return f"What will {thing} be worth in the coming year?"


def known(thing: str) -> str:
    return f"Which colour has {thing} as a rule?"


class Questions(Bare):
    """Questions that can be answered, and such that cannot."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return [
            Task(id=f"{split}/{text}", kind="instruction", messages=(Message(role="user", text=text),),
                 split=split, reference=Reference("UNKNOWN"))
            for text in (coming("thing990"), known("thing991"))
        ]  # fmt: skip


def written(prompt: Prompt, seed: int) -> str:
    """Thinks of things by number; with the principles in view it says UNKNOWN where it must, else it makes it up."""
    task, name = prompt.fields.get("task") or prompt.fields.get("question", ""), prompt.name.rpartition("/")[2]
    sure = "UNKNOWN, as it is yet to come." if "coming" in task else "It is brown, as far as people say."
    match name:
        case "task":
            return known(f"thing{seed % 80}")
        case "topic":
            kind = KINDS.index(prompt.fields["type"])
            found = 2 if prompt.fields["type"] == SHORT else int(prompt.fields["n"])
            return "\n".join(f"- thing{100 + 10 * kind + number}" for number in range(found))
        case "question":
            kind, thing = KINDS.index(prompt.fields["type"]), prompt.fields["topic"]
            return known("thing777") if kind == 1 else (coming if kind % 2 else known)(thing)
        case "principles":
            return f"{THOUGHT} By 9 it follows.\nSays: {sure}{' User: Thanks.' if seed % 2 else ''}"
        case "verbose":
            return f"{sure} This is why: the texts that were read say so at length, with many a reason and example."
        case _:
            return "It is beyond doubt as good as ever."


def spoilt(prompt: Prompt, seed: int) -> str:
    """An answer without thought, one that speaks of an example, an excuse."""
    if prompt.name != "self_align/principles":
        return written(prompt, seed)
    return (
        "Says: It is certain to be fine.",
        f"{THOUGHT} By 8.\nSays: It was seen from Olympus Mons.",
        f"{THOUGHT} By 1.\nSays: Sorry, this cannot be said.",
    )[seed % 3]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str, stage: int = ENGRAVE) -> Batch:
        return self.store.batch(Phase(stage=stage, round=1, name=phase))

    def texts(self, stage: int) -> list[str]:
        return [e.solution.text for e in self.batch("refinement", stage) if e.solution]


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda _: True), load("self_align")
    models = ScriptedModels(answer=written, wrong=spoilt)
    ctx = context(learner="scripted/0.3", environment=Questions(), models=models, store=store, trainer=trainer,
                  gate=Open(), labels=recipe.labels)  # fmt: skip
    run(recipe(prompts=12, topics=3, shortest=10, longer=20, referee="environment", ablate=ablate), ctx)
    return Ran(store=store, trainer=trainer, models=models)


def unknown_is_said_where_it_is_and_nowhere_else(it: Ran) -> bool:
    rows = [(e.task.messages[-1].text, e.solution.text) for e in it.batch("refinement") if e.solution]
    learner = taught(rows, steps=60)
    to_come = fmean(learner.answer(coming(thing), 1) == "UNKNOWN" for thing in UNSEEN)
    as_a_rule = fmean("UNKNOWN" in learner.answer(known(thing), 2) for thing in UNSEEN)
    return to_come >= 0.8 and as_a_rule <= 0.2


def what_is_trained_on_holds_neither_principles_nor_thoughts(it: Ran) -> bool:
    rows = [message.text for job in it.trainer.jobs for row in job.rows for message in row.messages]
    hidden = (THOUGHT, "self_align/principles", "Says:", "User:")
    return len(it.trainer.jobs) == 2 and not any(word in text for text in rows for word in hidden)


def no_answer_came_without_a_thought(it: Ran) -> bool:
    return bool(it.texts(ENGRAVE)) and not any("certain to be fine" in text for text in it.texts(ENGRAVE))


def no_answer_speaks_of_the_examples(it: Ran) -> bool:
    return bool(it.texts(ENGRAVE)) and not any(word in text for text in it.texts(ENGRAVE) for word in ECHOES)


def all_kinds_have_as_many_topics(it: Ran) -> bool:
    asked = [call.request.prompt for call in it.models.calls if call.request.prompt.name == "self_align/question"]
    topics = {(prompt.fields["type"], prompt.fields["topic"]) for prompt in asked}
    return set(Counter(kind for kind, _ in topics).values()) == {2} and {kind for kind, _ in topics} == set(KINDS)


def no_question_is_asked_twice(it: Ran) -> bool:
    asked = [e.task.messages[-1].text for e in it.batch("tasks")]
    return len(asked) > len(KINDS) and len(set(asked)) == len(asked)


def the_second_stage_teaches_longer_answers(it: Ran) -> bool:
    lengths = [
        fmean(
            map(len, it.texts(stage)),
        )
        for stage in (ENGRAVE, CLONE)
    ]
    return lengths[1] > 2 * lengths[0]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "principles": unknown_is_said_where_it_is_and_nowhere_else,
    "thoughts": what_is_trained_on_holds_neither_principles_nor_thoughts,
    "form": no_answer_came_without_a_thought,
    "echoes": no_answer_speaks_of_the_examples,
    "balance": all_kinds_have_as_many_topics,
    "novel": no_question_is_asked_twice,
    "clone": the_second_stage_teaches_longer_answers,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("self_align", ran, INVARIANTS)


def test_thoughts_that_are_kept_are_said_instead_of_unknown():
    assert not unknown_is_said_where_it_is_and_nowhere_else(ran("thoughts"))


def test_the_engraved_learner_writes_the_long_answers_and_the_untouched_one_learns_them():
    engraved = {e.solution.author for e in ran().batch("refinement", CLONE) if e.solution}
    assert len(engraved) == 1
    assert engraved != {e.solution.author for e in ran().batch("refinement") if e.solution}
    assert len(set(ran().trainer.starts)) == 1
    assert {e.keep.name if e.keep else "" for e in ran().batch("refinement", CLONE)} == {"", "self_align/verbose"}
