"""In-Memory Learning works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from tests.recipes.rows import proofs
from tests.recipes.sorting import RULE, revised, spoil, write

from lamarck.core import Context, Entry, Feedback, Learner, Phase, Prompt, Scorecard, Solution, Task, put, run
from lamarck.environments.creatures import Creatures
from lamarck.environments.creatures.table import GROUPS
from lamarck.operators.evaluation import Accuracy
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context
from lamarck.trust import Open

ROUNDS, BATCH, ITEMS = 5, 12, 30


class Noisy(Creatures):
    """It says wrongly what came of every attempt of the last batch."""

    def __init__(self) -> None:
        self.seen = dict[str, int]()

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        told = super().check(task, solution)
        at = self.seen.setdefault(task.id, len(self.seen)) if task.split == "practice" else 0
        if at < (ROUNDS - 1) * BATCH:
            return told
        group = told.text[-1]
        return replace(told, text=told.text[:-1] + GROUPS[(GROUPS.index(group) + 1) % 4])


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    store: MemoryStore
    learner: Learner
    models: ScriptedModels

    def accuracy(self, round: int = ROUNDS, *, begin: bool = False) -> float:
        """Of a round's candidate, or of the learner of the beginning, on the same items."""
        made = self.store.phases[Phase(stage=0, round=round, name="updating")]
        wanted = self.ctx.learner.hash if begin else made.hash
        cards: list[Scorecard] = self.store.phases[Phase(stage=0, round=round, name="evaluation")]
        return next(card.value for card in cards if card.learner == wanted)

    def notes(self, round: int = ROUNDS) -> Sequence[Entry]:
        made = self.store.phases[Phase(stage=0, round=round, name="updating")]
        assert isinstance(made, Learner)
        assert self.ctx.memories
        return [e for e in self.ctx.memories.open(made.memory).entries if not e.status]

    def asked(self, name: str) -> list[Prompt]:
        return [call.request.prompt for call in self.models.calls if call.request.prompt.name == name]


@cache
def ran(*ablate: str, world: type[Creatures] = Creatures, answer: Any = write) -> Ran:
    store, recipe = MemoryStore(), load("iml")
    models = ScriptedModels(answer=answer, wrong=spoil)
    ctx = context(
        learner="scripted/0.0", models=models, store=store, environment=world(), gate=Open(),
        labels=recipe.labels,
    )  # fmt: skip
    method = put("evaluation.limit", ITEMS)(recipe(rounds=ROUNDS, batch=BATCH, ablate=ablate))
    made = run(method, ctx)
    return Ran(ctx=ctx, store=store, learner=made.learners["learner"], models=models)


def notes_are_revised_batch_by_batch(it: Ran) -> bool:
    texts = [[entry.text for entry in it.notes(n)] for n in range(1, ROUNDS + 1)]
    return 3 < len(texts[0]) < len(texts[-1]) and all(len(set(each)) == len(each) for each in texts)


def earlier_drafts_are_shown_with_fading_weight(it: Ran) -> bool:
    shown = it.asked("iml/revise")[-1].fields["earlier"]
    return {line.partition(":")[0] for line in shown.splitlines()} == {"0.50", "0.25", "0.12", "0.06"}


def what_is_noted_is_used(it: Ran) -> bool:
    return it.accuracy() > it.accuracy(begin=True) + 0.4


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "revision": notes_are_revised_batch_by_batch,
    "momentum": earlier_drafts_are_shown_with_fading_weight,
    "notes": what_is_noted_is_used,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("iml", ran, INVARIANTS)


def test_frozen_notes_teach_nothing():
    frozen = ran("revision")
    assert [frozen.accuracy(n) for n in range(1, ROUNDS + 1)] == [
        frozen.accuracy(n, begin=True) for n in range(1, ROUNDS + 1)
    ]


def test_a_noisy_batch_changes_less_with_momentum():
    steady, hasty = ran(world=Noisy), ran("momentum", world=Noisy)
    assert steady.accuracy(ROUNDS - 1) == pytest.approx(hasty.accuracy(ROUNDS - 1), abs=0.1)
    assert steady.accuracy() > hasty.accuracy() + 0.2


def test_the_notes_serve_a_model_that_never_met_the_tasks():
    fresh = replace(ran().ctx.learner, memory=ran().learner.memory, answer=ran().learner.answer, prompt="another")
    card = Accuracy(samples=0, metric="greedy", limit=ITEMS, protected=0)(fresh, replace(ran().ctx, learner=fresh))
    assert card.value > ran().accuracy(begin=True) + 0.4


def test_no_label_is_read_and_the_world_says_what_came_of_it():
    shown = ran().asked("iml/induce")[0].fields["records"]
    assert shown.count("it is of group") == BATCH
    assert "Right answer" not in shown
    assert load("iml").labels == "check"


def test_a_reply_without_notes_changes_nothing():
    def mute(prompt: Prompt, seed: int) -> str:
        return " \n--" if prompt.name == "iml/revise" else write(prompt, seed)

    assert not ran(answer=mute).notes()


def test_what_goes_is_kept_as_superseded():
    assert ran().ctx.memories
    noisy = ran("momentum", world=Noisy)
    assert noisy.ctx.memories
    gone = [entry for entry in noisy.ctx.memories.open(noisy.learner.memory).entries if entry.status]
    assert {entry.status for entry in gone} == {f"superseded: revised in round {ROUNDS}"}


def test_the_scripted_reviser_counts():
    """What the tests above rest on: two earlier drafts outweigh a new one."""
    told = {"notes": "", "drafts": "If bird: a, b, then A.", "earlier": "0.60: If bird: a, b, then B.\n" * 2}
    assert RULE.findall(revised(told)) == [("bird", "a", "b", "B")]
