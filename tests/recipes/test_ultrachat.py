"""UltraChat works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import fmean

from tests.recipes.characters import FACTS, Characters
from tests.recipes.chatting import BOILERPLATE, FLIP, PARTING, rates, slipping, written
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Phase, Task, run
from lamarck.likeness.copies import plain
from lamarck.operators.refinement import Wording
from lamarck.recipes import load
from lamarck.recipes.ultrachat import FLIPS, PARTINGS
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

WORLD = ("opening", "related")
ANSWERS = {thing: value for own in FACTS.values() for thing, value in own.items()}


@dataclass(frozen=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))

    def said(self, phase: str, author: str) -> list[str]:
        """All turns of a party."""
        return [m.text for e in self.batch(phase) if e.solution for m in e.solution.messages if m.author == author]


@cache
def ran(*ablate: str) -> Ran:
    recipe, store, trainer = load("ultrachat"), MemoryStore(), RecordingTrainer(right=lambda _: True)
    models = ScriptedModels(answer=written, wrong=slipping, rates=rates)
    ctx = context(
        learner="scripted/0.1", environment=Characters(), models=models, store=store, trainer=trainer,
        labels=recipe.labels,
    )  # fmt: skip
    run(recipe(topics=3, subtopics=3, openings=4, writings=2, referee="environment", ablate=ablate), ctx)
    return Ran(store, trainer)


def openings(it: Ran) -> list[str]:
    """Twenty-four questions about the world, from all over the tree."""
    found = [e.task.messages[0].text for e in it.batch("tasks") if e.task.parameters.get("level") in WORLD]
    return found[:: len(found) // 24][:24]


def distinct(texts: Sequence[str]) -> float:
    """Share of different pairs of words among all pairs."""
    pairs = [pair for text in texts for pair in pairwise(re.findall(r"\w+", text))]
    return len(set(pairs)) / len(pairs)


def the_tree_makes_openings_diverse(it: Ran) -> bool:
    """Twice as many pairs of words are new as without it, where a fourth is at most."""
    return distinct(openings(it)) > 0.4


def passages_come_with_their_questions(it: Ran) -> bool:
    """A reader who knows nothing finds the answer in what the task shows."""
    asked = [e.task for e in it.batch("tasks") if "text" in e.task.parameters]
    things = [(task.messages[0].text, thing) for task in asked for thing in ANSWERS if thing in _asked(task)]
    found = [f"{thing} is called {ANSWERS[thing]}" in shown for shown, thing in things]
    return len(found) >= 12 and fmean(found) >= 0.8


def no_opening_comes_twice(it: Ran) -> bool:
    texts = [plain(e.task.messages[0].text) for e in it.batch("tasks")]
    return len(texts) == len(set(texts))


def the_person_never_slips_into_the_assistants_part(it: Ran) -> bool:
    return len(it.said("feedback", "user")) >= 100 and FLIP not in it.said("feedback", "user")


def nobody_parts_or_excuses_himself_in_what_is_kept(it: Ran) -> bool:
    kept = [*it.said("refinement", "user"), *it.said("refinement", "assistant")]
    return bool(kept) and not {PARTING, BOILERPLATE, FLIP} & set(kept)


def the_loss_counts_the_assistant_alone(it: Ran) -> bool:
    (job,) = it.trainer.jobs
    counted = {m.author for row in job.rows for m, learned in zip(row.messages, row.learn, strict=True) if learned}
    return counted == {"assistant"}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "tree": the_tree_makes_openings_diverse,
    "material": passages_come_with_their_questions,
    "novel": no_opening_comes_twice,
    "guard": the_person_never_slips_into_the_assistants_part,
    "wording": nobody_parts_or_excuses_himself_in_what_is_kept,
    "authors": the_loss_counts_the_assistant_alone,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("ultrachat", ran, INVARIANTS)


def test_what_flips_without_the_guard_is_caught_by_the_filter():
    flips = ran("guard").said("feedback", "user")
    assert 0.2 < fmean(text == FLIP for text in flips) < 0.4
    assert FLIP not in ran("guard").said("refinement", "user")


def test_a_dialogue_that_breaks_off_ends_with_the_assistant():
    kept = [e.solution for e in ran().batch("refinement")]
    assert all(solution and solution.messages[-1].author == "assistant" for solution in kept)
    lengths = {len(solution.messages) for solution in kept if solution}
    assert min(lengths) == 1
    assert max(lengths) == 13


def test_all_three_sectors_open_dialogues():
    tasks = [e.task for e in ran().batch("tasks")]
    assert sum("text" in task.parameters for task in tasks) >= 12
    assert {task.parameters["level"] for task in tasks if "level" in task.parameters} == {
        "opening", "related", "request", "detailed",
    }  # fmt: skip


def test_partings_and_flips_are_told_by_words():
    rule = Wording(author="user", without=(*FLIPS, *PARTINGS))
    assert {FLIP, PARTING} & {text for e in rule(ran().batch("feedback"), context()) for text in _turns(e)} == set()


def _turns(e: Experience) -> list[str]:
    return [m.text for m in e.solution.messages if m.author == "user"] if e.solution else []


def _asked(task: Task) -> str:
    return task.fields.get("question") or task.messages[0].text
