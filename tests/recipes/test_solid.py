"""SOLID works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from tests.operators.given import Plain
from tests.recipes.rows import proofs
from tests.recipes.seeking import Reader, people, slipping, written

from lamarck.core import Batch, Experience, Phase, Prompt, run
from lamarck.operators.debating import words
from lamarck.operators.talking import by_intent
from lamarck.recipes import load
from lamarck.recipes.solid import INTENTS, LEAKS
from lamarck.testing import Call, MemoryStore, RecordingTrainer, ScriptedModels, context

HUMAN = people(10)


@dataclass(frozen=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    calls: list[Call]
    trainer: RecordingTrainer

    @property
    def kept(self) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name="refinement"))

    def asked(self, *names: str) -> list[Prompt]:
        return [call.request.prompt for call in self.calls if call.request.prompt.name in names]


@cache
def ran(*ablate: str) -> Ran:
    recipe, store, trainer = load("solid"), MemoryStore(), RecordingTrainer(right=lambda _: True)
    models = ScriptedModels(
        answer=written,
        wrong=slipping,
        rates=lambda prompt, rate: rate if prompt.name in ("solid/user", "solid/agent") else 0.0,
    )
    ctx = context(
        learner="scripted/0.15", environment=Plain(), models=models, store=store, trainer=trainer, labels=recipe.labels
    )
    run(recipe(types=2, names=3, entities=60, ablate=ablate), ctx)
    return Ran(store, models.calls, trainer)


def turns(e: Experience) -> list[tuple[str, str]]:
    """Who speaks and what."""
    return re.findall(r"(?m)^(User|Agent): (.*)$", e.solution.text if e.solution else "")


def labelled(it: Ran) -> list[tuple[str, str]]:
    """Each turn with the first of its intents."""
    pairs = [(turns(e), e.task.fields["intents"]) for e in it.kept]
    steps = [zip(said, by_intent(intents, ("user", "agent")), strict=False) for said, intents in pairs]
    return [(text, step.intents.split("_")[0]) for each in steps for (_, text), step in each]


def turns_teach_the_intents_of_peoples_turns(it: Ran) -> bool:
    reader, majority = Reader(labelled(it)), max(Counter(intent for _, intent in HUMAN).values()) / len(HUMAN)
    return fmean(reader.intent(text) == intent for text, intent in HUMAN) >= majority + 0.5


def one_merge_a_combination(it: Ran) -> bool:
    drawn = {word for e in it.kept for word in e.task.fields["intents"].split() if "_" in word.strip("_")}
    lines = {"\n".join(f"- {words(INTENTS[one])}" for one in word.split("_")) for word in drawn}
    merged = [prompt.fields["instructions"] for prompt in it.asked("solid/merge")]
    return bool(drawn) and len(merged) == len(set(merged)) and lines <= set(merged)


def each_turn_is_one_speakers(it: Ran) -> bool:
    inside = [text for e in it.kept for _, text in turns(e) if re.search(r"\b(User|Agent): ", text)]
    return not inside and all([who for who, _ in turns(e)] == speakers(e) for e in it.kept)


def no_label_stands_in_the_text(it: Ran) -> bool:
    texts = [e.solution.text.casefold() for e in it.kept if e.solution]
    return bool(texts) and not any(leak in text for text in texts for leak in LEAKS)


def speakers(e: Experience) -> list[str]:
    """Who was to speak."""
    return [step.role for step in by_intent(e.task.fields["intents"], ("User", "Agent"))]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "labels": turns_teach_the_intents_of_peoples_turns,
    "merge": one_merge_a_combination,
    "alone": each_turn_is_one_speakers,
    "leaks": no_label_stands_in_the_text,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("solid", ran, INVARIANTS)


def test_seeds_are_spread_over_the_alphabet_and_no_name_comes_twice():
    entities = [e.task.fields["entity"] for e in ran().store.batch(Phase(stage=0, round=1, name="tasks"))]
    assert len(entities) == len(set(entities)) == 60
    assert len({name[0] for name in entities}) == 26


def test_a_mark_keeps_the_speaker_and_joined_intents_get_one_instruction():
    (e, *_) = [e for e in ran().kept if e.task.fields["intents"].startswith("OQ PA_GG FQ _NF")]
    assert [who for who, _ in turns(e)][:4] == ["User", "Agent", "User", "User"]
    told = {prompt.fields["turn"] for prompt in ran().asked("solid/agent")}
    assert f"{words(INTENTS['PA'])} And: {words(INTENTS['GG'])}" in told


def test_the_learner_learns_to_write_the_whole_from_seed_and_intents():
    (job,) = ran().trainer.jobs
    for row in job.rows:
        assert row.messages[0].text.startswith("solid/whole ")
        assert "intents=OQ " in row.messages[0].text
        assert row.messages[-1].text.startswith("User: ")
        assert row.learn == (False, True)
