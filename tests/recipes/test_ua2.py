"""UA2 works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from tests.recipes.rows import proofs
from tests.recipes.worlds import SHOP

from lamarck.core import Batch, Context, Entry, Phase, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModels, context
from lamarck.trust import Open

ROUNDS, ERRANDS = 2, 18
SLIPS = 0.15
"""Share of the turns in which the first thing there is gets bought."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    store: MemoryStore
    models: ScriptedModels

    def round(self, number: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=number, name="feedback"))

    def mean(self, detail: str, round: int) -> float:
        return fmean(float(e.feedback.details[detail] or 0) for e in self.round(round) if e.feedback)

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
    method = load("ua2")(rounds=ROUNDS, errands=ERRANDS, temperature=1.0, others=1, ablate=ablate)
    return Ran(ctx=run(method, ctx), store=store, models=models)


def known_users_are_asked_less_and_served_quicker(it: Ran) -> bool:
    return it.mean("questions", 2) < 0.6 * it.mean("questions", 1) and it.mean("actions", 2) < it.mean("actions", 1)


def nobody_is_served_by_what_another_likes(it: Ran) -> bool:
    met = {e.task.id: e.task.stream for n in (1, 2) for e in it.round(n)}
    shown = [(e.task.stream, e.asked.fields["recalled"].split()) for e in it.round(2) if e.asked]
    return any(sources for _, sources in shown) and all(met[s] == user for user, sources in shown for s in sources)


def only_good_runs_are_remembered(it: Ran) -> bool:
    return bool(it.memory) and all(entry.experience and entry.experience.score >= 0.8 for entry in it.memory)


def what_is_remembered_says_what_somebody_likes(it: Ran) -> bool:
    return sum(" likes " in entry.text for entry in it.memory) > len(it.memory) / 2


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "memory": known_users_are_asked_less_and_served_quicker,
    "plan": known_users_are_asked_less_and_served_quicker,
    "user": nobody_is_served_by_what_another_likes,
    "threshold": only_good_runs_are_remembered,
    "key_actions": what_is_remembered_says_what_somebody_likes,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("ua2", ran, INVARIANTS)


def test_known_users_earn_more_and_what_others_like_earns_less():
    assert ran().earned(2) > ran().earned(1)
    assert ran().earned(2) > ran("memory").earned(2)
    assert ran().earned(2) > ran("user").earned(2)


def test_without_memory_it_is_a_plain_agent():
    plans = [c.request.prompt.fields.get("reminded", "") for c in ran("memory").models.calls]
    assert {text for text in plans if text} == {"(nothing yet)"}


def test_what_was_done_is_counted_exactly():
    for done in ran().round(1):
        assert done.solution
        assert done.feedback
        said = [m.text.rpartition("Action: ")[2] for m in done.solution.messages if m.role == "assistant"]
        assert done.feedback.details["actions"] == len(said)
        assert done.feedback.details["questions"] == sum(text.startswith("ask ") for text in said)


def test_only_good_runs_are_analysed():
    analysed = [c for c in ran().models.calls if c.request.prompt.name == "ua2/key_actions"]
    assert len(analysed) == sum(e.score >= 0.8 for n in (1, 2) for e in ran().round(n))
