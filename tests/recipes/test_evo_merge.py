"""Evolutionary merging works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Learner, Merge, Method, Phase, put, run, together
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context
from lamarck.testing.models import rate

BASE, SOURCES = "scripted/0.8", ("scripted/0.6", "scripted/0.7")
Change = Callable[[Method], Method]
ROUNDS, TASKS = 6, 24
LIKED = (0.9, 0.8)
"""The share of each source that makes the best model."""


def error(plan: Merge) -> float:
    """A world where both sources are needed, and a deeper path helps."""
    if plan.path:
        return rate(plan.sources[0].name) - 0.02 * (len(plan.path) - 2)
    row = dict(zip((source.name for source in plan.sources), plan.weights[0], strict=True))
    gaps = [row.get(name, 0.0) - best for name, best in zip(SOURCES, LIKED, strict=True)]
    return 0.05 + 1.5 * sum(gap**2 for gap in gaps)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def candidate(self, round: int, stage: int = 0) -> Learner:
        return self.store.phases[Phase(stage=stage, round=round, name="updating")]

    def met(self, name: str) -> set[str]:
        """Ids of the tasks of all harvests, or of all scorecards."""
        made = [value for at, value in self.store.phases.items() if at.name == name]
        if name == "evaluation":
            return {item for cards in made for card in cards for score in card.scores for item in score.items}
        return {e.task.id for harvest in made for e in harvest.batch}


@cache
def ran(*ablate: str, change: Change = lambda method: method, **options: Any) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=lambda _: True, merged=error)
    ctx = context(learner=BASE, store=store, trainer=trainer, environment=ToyEnvironment(n=TASKS))
    given: dict[str, Any] = {"sources": SOURCES, "rounds": ROUNDS, "groups": 1, "ablate": ablate, **options}
    method = load("evo_merge")(**given)
    made = run(put("evaluation.protected", 0)(change(method)), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def a_generation_is_spread(it: Ran) -> bool:
    states = [it.store.phases[Phase(stage=0, round=n, name="state-merge-parameters")] for n in range(ROUNDS)]
    return all(len(state.learners) == 8 for state in states)


def what_does_well_is_kept_to(it: Ran) -> bool:
    return rate(it.candidate(ROUNDS).model.name) < rate(it.candidate(1).model.name) - 0.1


def both_sources_are_in_it(it: Ran) -> bool:
    plan = it.trainer.merges[-1]
    return {source.name for source in plan.sources} == set(SOURCES) and min(plan.weights[0]) > 0.5


def nobody_is_gated_on_what_elected_him(it: Ran) -> bool:
    return not it.met("feedback") & it.met("evaluation")


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "search": a_generation_is_spread,
    "fitness": what_does_well_is_kept_to,
    "merge": both_sources_are_in_it,
    "selection": nobody_is_gated_on_what_elected_him,
}
"""Mechanism -> what must hold, and fails without it."""


TestRow = proofs("evo_merge", ran, INVARIANTS, off={"selection": {"change": put("evaluation.split", "practice")}})


def test_the_merge_beats_its_sources_and_their_even_mixture():
    even = error(Merge(method="linear", sources=ran().trainer.merges[0].sources, weights=((0.5, 0.5),)))
    assert rate(ran().champion.model.name) < min(even, *map(rate, SOURCES)) - 0.1


@pytest.mark.parametrize("off", ["search", "fitness", "merge"])
def test_it_does_not_without(off: str):
    assert rate(ran(off).champion.model.name) > 0.3


def test_every_candidate_answers_every_task_itself():
    batch = ran().store.batch(Phase(stage=0, round=2, name="feedback"))
    out = ran().store.phases[Phase(stage=0, round=1, name="state-merge-parameters")].learners
    assert len({(e.author, e.task.id) for e in batch}) == len(batch) == TASKS * len(out)
    assert {e.solution.author for e in batch if e.solution} == {learner.hash for learner in out}


def small(method: Method) -> Method:
    return together(*(put(f"layers.{place}.population", 10) for place in ("updating", "tasks.PerCandidate.of")))(method)


def test_the_second_stage_goes_on_from_the_winner_and_is_off_by_default():
    assert not any(plan.path for plan in ran().trainer.merges)
    it = ran(change=small, rounds=2, rounds_layers=2, layers=2)
    paths = [plan for plan in it.trainer.merges if plan.path]
    winner = it.store.phases[Phase(stage=0, round=2, name="verdict")].champion
    assert {plan.sources[0] for plan in paths} == {it.store.learner(winner).model}
    assert {plan.sources[1].name for plan in paths} == {SOURCES[0]}
    assert it.candidate(1, stage=1).parent == winner


def test_it_says_what_it_needs() -> None:
    with pytest.raises(Exception, match="evo_merge needs sources; type: --sources"):
        load("evo_merge")()
    with pytest.raises(Exception, match="needs layers"):
        load("evo_merge")(sources=SOURCES, rounds_layers=1)
