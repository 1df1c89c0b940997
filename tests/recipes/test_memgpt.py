"""MemGPT works when these invariants hold, and each fails with its mechanism off.

The scripted model keeps nothing but what its prompt shows, so whatever it knows on the last day went through a store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.recipes.long_talk import LongTalk, talks
from tests.recipes.rows import proofs

from lamarck.core import Learner, Objective, Phase, Scorecard, run
from lamarck.memory import Versions
from lamarck.operators.paging_view import WARNING
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context
from lamarck.testing.scripted import written

SMALL = {"window": 2400, "reply": 200}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    world: LongTalk
    champion: Learner
    store: MemoryStore
    memories: Versions
    prompts: list[str]
    """All that was asked, as the model reads it."""

    def score(self, node: str) -> float:
        """Of the candidate on the questions of a node."""
        made: Learner = self.store.phases[Phase(stage=0, round=1, name="updating")]
        cards: list[Scorecard] = self.store.phases[Phase(stage=0, round=1, name="evaluation")]
        card = next(card for card in cards if card.learner == made.hash)
        (score,) = (score for score in card.scores if score.node == node)
        return sum(score.metrics["greedy"]) / len(score.items)


@cache
def ran(*ablate: str, world: LongTalk | None = None, **options: Any) -> Ran:
    world, store, memories = world or LongTalk(), MemoryStore(), Versions()
    models = ScriptedModels(answer=talks, wrong=talks)
    ctx = context(learner="scripted/0", environment=world, models=models, store=store, memories=memories)
    made = run(load("memgpt")(ablate=ablate, **{**SMALL, **options}), ctx)
    prompts = [written(call.request.prompt) for call in models.calls]
    return Ran(world=world, champion=made.learners["learner"], store=store, memories=memories, prompts=prompts)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "recall": lambda it: it.score("told") == it.score("changed") == 1,
    "heartbeats": lambda it: it.score("nested") == 1,
    "core": lambda it: it.score("core") == 1,
    "warning": lambda it: any(WARNING in text for text in it.prompts) and it.score("promise") == 1,
    "remember": lambda it: bool(it.champion.memory) and it.score("told") == 1,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("memgpt", ran, INVARIANTS)


def test_a_fact_of_day_3_is_known_on_day_40_after_100_000_tokens():
    world = LongTalk(days=39, turns=4, length=2600)
    it = ran(world=world, window=8192, reply=1024)
    heard = sum(len(m.text) for task in world.tasks("practice", None, 0, Objective(ability="")) for m in task.messages)
    assert heard / 4 > 100_000  # English has about four characters a token
    assert {node: it.score(node) for node in ("told", "changed", "nested", "core")} == dict.fromkeys(
        ("told", "changed", "nested", "core"), 1.0
    )
