"""Think-in-Memory works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from tests.recipes.diaries import THOUGHT, spoil, write
from tests.recipes.rows import proofs
from tests.recipes.test_memorybank import FEW, Small

from lamarck.core import Context, Entry, Learner, Phase, Prompt, Scorecard, run
from lamarck.environments.diary.script import PEOPLE
from lamarck.likeness import Floats
from lamarck.memory import Versions
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context

ROUNDS = 10


@dataclass(frozen=True)
class ByPerson:
    """Texts about one person lie near each other, but for those about what it drinks."""

    name: str = "by person"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        about = [(person, drinks) for person in PEOPLE for drinks in (True, False)]
        rows = [[who in text and ("drink" in text) is drinks for who, drinks in about] for text in texts]
        found = np.array(rows, np.float32).reshape(len(texts), len(about))
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    store: MemoryStore
    learner: Learner
    models: ScriptedModels

    @property
    def accuracy(self) -> float:
        made = self.store.phases[Phase(stage=0, round=ROUNDS, name="updating")].hash
        cards: list[Scorecard] = self.store.phases[Phase(stage=0, round=ROUNDS, name="evaluation")]
        return next(card.value for card in cards if card.learner == made)

    @property
    def entries(self) -> Sequence[Entry]:
        assert self.ctx.memories
        return self.ctx.memories.open(self.learner.memory).entries

    def bucket(self, text: str) -> int:
        assert self.ctx.memories
        return self.ctx.memories.open(self.learner.memory).bucket(text)

    @property
    def live(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.status]

    @property
    def questions(self) -> list[Prompt]:
        """Asked with what was remembered at the end."""
        asked = [call.request.prompt for call in self.models.calls if call.request.prompt.name == "tim/answer"]
        return asked[-4 * len(FEW) :]


@cache
def ran(*ablate: str) -> Ran:
    store, recipe = MemoryStore(), load("tim")
    models = ScriptedModels(answer=write, wrong=spoil)
    memories = Versions(embedder=ByPerson())
    ctx = context(
        learner="scripted/0.0", models=models, store=store, environment=Small(), memories=memories,
        labels=recipe.labels,
    )  # fmt: skip
    made = run(recipe(ablate=ablate), ctx)
    return Ran(ctx=ctx, store=store, learner=made.learners["learner"], models=models)


def only_the_newest_of_what_excludes_itself_is_known(it: Ran) -> bool:
    said = [(who, fact) for entry in it.live for who, fact, _ in THOUGHT.findall(entry.text)]
    return len(said) == len(set(said)) > 2 * len(FEW)


def what_is_about_one_head_is_one_thought(it: Ran) -> bool:
    """In each of the person's buckets."""
    heads = [(entry.text.partition("'")[0], it.bucket(entry.text)) for entry in it.live]
    return {head for head, _ in heads} == set(FEW) and len(heads) == len(set(heads))


def thoughts_and_not_talk_are_kept(it: Ran) -> bool:
    return len(it.entries) > 0 and not any(entry.text.startswith("Day") for entry in it.entries)


def only_one_bucket_is_looked_at(it: Ran) -> bool:
    shown = [(p.fields["turn"], p.fields["reminded"].splitlines()) for p in it.questions]
    return all(it.bucket(turn) == it.bucket(line) for turn, lines in shown for line in lines if "nothing" not in line)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "agree": only_the_newest_of_what_excludes_itself_is_known,
    "merge": what_is_about_one_head_is_one_thought,
    "thoughts": thoughts_and_not_talk_are_kept,
    "bucket": only_one_bucket_is_looked_at,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("tim", ran, INVARIANTS)


def test_it_answers_by_its_thoughts_and_not_by_what_is_superseded():
    assert ran().accuracy == 1.0
    assert ran("agree").accuracy < 0.7


def test_what_is_out_is_kept_with_the_reason():
    reasons = {entry.status.split(" diary/")[0] for entry in ran().entries if entry.status}
    assert reasons == {"superseded: contradicted by", "superseded: merged with"}


def test_the_same_question_has_the_same_answer_all_along():
    """A fact that does not change is answered alike on every day on which it is asked."""
    found = dict[tuple[str, str], set[str]]()
    for number in range(4, ROUNDS + 1):
        for one in ran().store.batch(Phase(stage=0, round=number, name="feedback")):
            if one.task.parameters.get("fact") in ("pet", "drink") and one.solution:
                found.setdefault((one.task.stream, str(one.task.parameters["fact"])), set()).add(one.solution.text)
    assert len(found) > len(FEW)
    assert all(len(answers) == 1 for answers in found.values())
