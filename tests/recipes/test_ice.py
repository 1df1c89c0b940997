"""ICE works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from tests.recipes.rows import proofs
from tests.recipes.worlds import SHOP

from lamarck.core import Batch, Context, Entry, Phase, put, run, together
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context
from lamarck.trust import Open

ROUNDS, ERRANDS = 2, 14
SLIPS = 0.02
ALIKE = together(put("objective.parameters", {"wishes": 3}), put("work.evaluation", None))
"""Errands of one shape, and no calls but those that do them."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    store: MemoryStore
    models: ScriptedModels

    def round(self, number: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=number, name="feedback"))

    def calls(self, round: int) -> float:
        """Of the model, an errand; rounds of one learner share theirs."""
        by = {n: self.round(n)[0].origin.learner for n in range(1, ROUNDS + 1)}
        mine = sum(call.request.author == by[round] for call in self.models.calls)
        return mine / ERRANDS / list(by.values()).count(by[round])

    def earned(self, round: int) -> float:
        return fmean(e.score for e in self.round(round))

    @property
    def memory(self) -> list[Entry]:
        assert self.ctx.memories
        return list(self.ctx.memories.open(self.ctx.learners["learner"].memory).entries)


@cache
def ran(*ablate: str) -> Ran:
    store, models = MemoryStore(), SHOP.models
    ctx = context(learner=f"scripted/{SLIPS}", environment=SHOP.environment, models=models, store=store, gate=Open())
    method = ALIKE(load("ice")(rounds=ROUNDS, errands=ERRANDS, temperature=1.0, ablate=ablate))
    return Ran(ctx=run(method, ctx), store=store, models=models)


def errands_like_it_take_half_the_calls(it: Ran) -> bool:
    return it.calls(2) <= 0.5 * it.calls(1)


def they_are_done_as_well(it: Ran) -> bool:
    return it.earned(2) >= it.earned(1) - 0.02


def what_was_done_before_is_read_before_planning(it: Ran) -> bool:
    return all(e.asked and "1. I think" in e.asked.fields["reminded"] for e in it.round(2))


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "memory": errands_like_it_take_half_the_calls,
    "planning": what_was_done_before_is_read_before_planning,
    "execution": errands_like_it_take_half_the_calls,
    "slots": they_are_done_as_well,
    "exploit": errands_like_it_take_half_the_calls,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("ice", ran, INVARIANTS)


def test_a_good_run_leaves_a_workflow_and_a_pipeline():
    good = [e.task.id for n in (1, 2) for e in ran().round(n) if e.score >= 0.8]
    assert [(entry.source, entry.kind) for entry in ran().memory] == [
        (id, kind) for id in good for kind in ("workflow", "pipeline")
    ]
