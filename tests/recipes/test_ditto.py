"""Ditto works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import fmean
from typing import Any

from tests.recipes.characters import FACTS, NAMES, REFUSAL, Characters, Reader, stepping_out, written
from tests.recipes.rows import proofs

from lamarck.core import Batch, Phase, Prompt, Row, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

WORLD, ROUNDS = Characters(), 4
"""Every round sets each character beside another one."""


def rates(prompt: Prompt, rate: float) -> float:
    return rate if prompt.name == "ditto/character" else 0.0


@dataclass(frozen=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    rows: Sequence[Row]

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))

    @cached_property
    def reader(self) -> Reader:
        """One that has learned the rows."""
        return Reader(self.rows)

    @cached_property
    def asked(self) -> set[tuple[str, str]]:
        """Character and thing of every question that was trained on."""
        things = {thing for own in FACTS.values() for thing in own}
        told = [(row.messages[0].text, set(re.findall(r"\w+", row.messages[0].text))) for row in self.rows]
        return {(name, thing) for text, words in told for name in NAMES if name in text for thing in things & words}

    def own(self) -> list[tuple[str, str, str]]:
        """What was asked of a character about itself, with its answer."""
        return [(name, thing, f"It is called {value}.") for name, own in FACTS.items() for thing, value in own.items()
                if (name, thing) in self.asked]  # fmt: skip

    def foreign(self) -> list[tuple[str, str]]:
        """What it was never asked, and only another could answer."""
        return [(name, thing) for name in NAMES for other in NAMES if other != name for thing in FACTS[other]
                if (name, thing) not in self.asked]  # fmt: skip


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    recipe, store, trainer = load("ditto"), MemoryStore(), RecordingTrainer(right=lambda _: True)
    models = ScriptedModels(answer=written, wrong=stepping_out, rates=rates)
    ctx = context(
        learner="scripted/0.2", environment=WORLD, models=models, store=store, trainer=trainer, labels=recipe.labels
    )
    run(recipe(rounds=ROUNDS, questions=5, ablate=ablate, **options), ctx)
    return Ran(store, [row for job in trainer.jobs for row in job.rows])


def what_no_character_can_know_is_rejected(it: Ran) -> bool:
    return fmean(it.reader.says(*asked) == REFUSAL for asked in it.foreign()) >= 0.8


def what_a_character_is_is_known_without_the_text(it: Ran) -> bool:
    said = [it.reader.says(name, thing) == answer for name, thing, answer in it.own()]
    return len(said) >= 20 and fmean(said) >= 0.9


def no_stored_prompt_holds_the_text(it: Ran) -> bool:
    return bool(it.rows) and not any("is called" in row.messages[0].text for row in it.rows)


def nobody_steps_out_of_his_part(it: Ran) -> bool:
    return bool(it.rows) and not any("profile" in row.messages[-1].text for row in it.rows)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "contrast": what_no_character_can_know_is_rejected,
    "profile": what_a_character_is_is_known_without_the_text,
    "distil": no_stored_prompt_holds_the_text,
    "asides": nobody_steps_out_of_his_part,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("ditto", ran, INVARIANTS)


def test_both_kinds_of_questions_are_as_many_and_own_facts_are_not_rejected():
    asked = [bool(e.task.parameters["answerable"]) for e in ran().batch("tasks")]
    assert 0.3 < fmean(asked) < 0.7
    assert fmean(ran().reader.says(name, thing) == REFUSAL for name, thing, _ in ran().own()) < 0.1


def test_who_learned_nothing_and_who_met_no_contrast_reject_nothing():
    assert Reader([]).says("Arlo", "loom") == ""
    assert fmean(ran("contrast").reader.says(*asked) == REFUSAL for asked in ran("contrast").foreign()) == 0


def test_the_loss_counts_the_turns_of_the_character_alone():
    rows = ran(exchanges=2).rows
    assert {tuple(zip((m.author for m in row.messages), row.learn, strict=True)) for row in rows} == {
        (("", False), ("character", True), ("user", False), ("character", True))
    }
