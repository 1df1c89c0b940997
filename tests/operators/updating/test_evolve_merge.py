"""The search finds what it is told is good, whatever the gate says, and goes on where it was stopped."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, ClassVar

import pytest
from tests.operators.given import task

from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Experience,
    Feedback,
    Hearing,
    Learner,
    Merge,
    MissingExtra,
    Names,
    Objective,
    Parties,
    Phase,
    Scope,
    Score,
    Scorecard,
    State,
    UsageError,
    Verdict,
    run,
)
from lamarck.operators.tasks import PerCandidate
from lamarck.operators.updating import EvolveMerge
from lamarck.testing import MemoryStore, PlainGate, RecordingTrainer, context
from lamarck.testing.models import rate

SOURCES = ("scripted/0.3", "scripted/0.6")
BEST = ((0.9, 0.2), (0.3, 0.7))
"""The weights that the world likes, [groups][sources]."""
SEARCH = EvolveMerge(sources=SOURCES, groups=2, method="linear")


def error(plan: Merge) -> float:
    """A sphere around the best weights, written into the model's name as its error rate."""
    gaps = [w - b for row, best in zip(plan.weights, BEST, strict=True) for w, b in zip(row, best, strict=True)]
    return 0.02 + sum(gap**2 for gap in gaps)


@dataclass(frozen=True, kw_only=True)
class OneTask:
    """The round's one task."""

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = frozenset[str]()
    writes: ClassVar[Names] = {"task"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [*batch, Experience(task=task())]


@dataclass(frozen=True, kw_only=True)
class Graded:
    """What the author is worth."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"author"}
    writes: ClassVar[Names] = {"feedback"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [replace(e, feedback=Feedback(score=worth(ctx.learner_of(e.author)))) for e in batch]


def worth(learner: Learner) -> float:
    return 1 - rate(learner.model.name)


def evaluated(learner: Learner, _: Context) -> Scorecard:
    score = Score(ability="sums", metrics={"greedy": (worth(learner),)}, items=("1",), split="selection")
    return Scorecard(learner=learner.hash, scores=(score,), metric="greedy")


@dataclass(kw_only=True)
class EveryOther:
    """A gate that refuses every other candidate, however good."""

    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        made = Verdict(decision="promoted", champion=parties.candidate, best=parties.candidate)
        if len(self.verdicts) % 2 == 0:
            made = Verdict(decision="rolled back", champion=parties.champion, best=parties.best)
        self.verdicts.append(made)
        return made


def evolved(
    rounds: int,
    search: EvolveMerge = SEARCH,
    *,
    liked: Callable[[Merge], float] = error,
    store: MemoryStore | None = None,
    **given: Any,
) -> tuple[MemoryStore, RecordingTrainer]:
    store, trainer = store or MemoryStore(), RecordingTrainer(right=lambda _: True, merged=liked)
    cycle = Cycle(
        objective=Objective(ability="sums"),
        tasks=(OneTask(), PerCandidate(of=search)),
        feedback=Graded(),
        updating=search,
        evaluation=evaluated,
        rounds=rounds,
    )
    run(cycle, context(store=store, trainer=trainer, learner="scripted/0.9", **given))
    return store, trainer


def state(store: MemoryStore, round: int, name: str = "merge-parameters") -> State:
    return store.phases[Phase(stage=0, round=round, name=f"state-{name}")]


def elected(store: MemoryStore, round: int) -> float:
    return rate(store.phases[Phase(stage=0, round=round, name="updating")].model.name)


def test_it_converges_although_half_of_its_rounds_are_rejected() -> None:
    gate = EveryOther()
    store, trainer = evolved(25, gate=gate)
    assert [verdict.decision for verdict in gate.verdicts[:2]] == ["rolled back", "promoted"]
    assert elected(store, 1) > 0.15
    assert elected(store, 25) < 0.021
    for found, best in zip(trainer.merges[-1].weights, BEST, strict=True):
        assert found == pytest.approx(best, abs=0.05)


def test_the_gate_changes_nothing_of_the_search() -> None:
    one, other = evolved(4, gate=EveryOther())[0], evolved(4, gate=PlainGate(margin=1.0))[0]
    assert state(one, 4).data == state(other, 4).data
    assert [x.hash for x in state(one, 4).learners] == [x.hash for x in state(other, 4).learners]


def test_it_beats_random_merges_of_the_same_number() -> None:
    for seed in range(5):
        store, trainer = evolved(12, seed=seed)
        rng, size = Random(seed), len(trainer.merges)
        blind = [
            replace(trainer.merges[0], weights=tuple(tuple(rng.random() for _ in row) for row in BEST))
            for _ in range(size)
        ]
        assert elected(store, 12) < min(map(error, blind))


def test_without_step_size_every_candidate_is_the_start() -> None:
    store, trainer = evolved(3, replace(SEARCH, sigma=0.0))
    assert {plan.weights for plan in trainer.merges} == {((0.5, 0.5), (0.5, 0.5))}
    assert len(state(store, 3).learners) == 1  # merged once, not once a candidate
    assert len(state(store, 3).data["out"]) == 8


def test_a_run_that_stopped_goes_on_where_it_was() -> None:
    whole, _ = evolved(5)
    store, _ = evolved(2)
    evolved(5, store=store)
    assert store.phases == whole.phases


def test_the_state_is_json_and_small() -> None:
    store, trainer = evolved(3)
    data = state(store, 3).data
    assert json.loads(json.dumps(data)) == data
    assert [len(values) for values in data["fitness"]] == [8] * 3
    # 4 + floor(3 ln 4) = 8 candidates of each of four generations, and one elected a round
    assert len(trainer.merges) == 8 * 4 + 3


def test_genes_are_weights_and_densities_from_0_to_1() -> None:
    _, trainer = evolved(2, replace(SEARCH, method="dare_ties", sigma=0.5))
    rows = [row for plan in trainer.merges for row in (*plan.weights, *plan.densities)]
    assert all(0 <= gene <= 1 for row in rows for gene in row)
    assert {len(plan.weights) for plan in trainer.merges} == {len(plan.densities) for plan in trainer.merges} == {2}
    assert len({plan.seed for plan in trainer.merges}) == 1  # one draw of masks: better genes, not luckier masks
    base = trainer.merges[0].base
    assert base
    assert base.name == "scripted/0.9"


def test_the_best_of_the_round_is_elected_if_asked() -> None:
    store, trainer = evolved(1, replace(SEARCH, elect="best"))
    assert elected(store, 1) == pytest.approx(min(error(plan) for plan in trainer.merges[:8]), abs=1e-4)
    made = store.phases[Phase(stage=0, round=1, name="updating")]
    assert made.parent == context(learner="scripted/0.9").learner.hash
    assert len(trainer.merges) == 16


def scored(author: str, *scores: float) -> Batch:
    return [Experience(task=task(), author=author, feedback=Feedback(score=s), sample=i) for i, s in enumerate(scores)]


def test_fitness_is_the_mean_score_by_author_and_nobody_gains_by_being_left_out() -> None:
    ctx = context(trainer=RecordingTrainer(right=lambda _: True, merged=error), store=MemoryStore())
    out = SEARCH.out(ctx).data["out"]
    batch = [e for author in out[2:] for e in scored(author, -0.5)]
    SEARCH(ctx.learner, [*scored(out[0], 1.0, 0.5), *batch, *scored(out[0], 0.0)], ctx)
    assert isinstance(ctx.store, MemoryStore)
    assert state(ctx.store, 1).data["fitness"] == [[0.5, *[-0.5] * 7]]


def test_a_round_without_experiences_is_tried_again() -> None:
    ctx = context(trainer=RecordingTrainer(right=lambda _: True, merged=error))
    before = SEARCH.out(ctx)
    assert SEARCH(ctx.learner, [], ctx) is ctx.learner
    assert SEARCH.out(replace(ctx, round=2)) == before


def test_sources_are_models_or_roles() -> None:
    ctx = context(learner="scripted/0.9", roles={"teacher": "scripted/0.1"})
    plan = replace(SEARCH, sources=("base", "teacher", "scripted/0.3"), base="").plan((0.5,) * 6, 0, ctx)
    assert [source.name for source in plan.sources] == ["scripted/0.9", "scripted/0.1", "scripted/0.3"]
    assert plan.base is None
    with pytest.raises(UsageError, match="'tutor' names no scripted model"):
        replace(SEARCH, sources=("tutor",)).plan((0.5,) * 2, 0, ctx)


LAYERS = EvolveMerge(sources=SOURCES, space="layers", layers=2, repeats=2)


def hops(search: EvolveMerge, *genes: float) -> list[tuple[int, int]]:
    return [(hop.source, hop.layer) for hop in search.path((*genes, *[1.0] * len(genes)))]


def test_a_path_is_the_slots_above_zero_in_order() -> None:
    assert hops(LAYERS, 0.1, -0.1, 0.3, 0.2, -1, 0.4, 0, -1) == [(0, 0), (1, 0), (1, 1), (0, 1)]
    scales = (1.5, 0.5, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    assert [hop.scale for hop in LAYERS.path((0.1, -1, 0.2, -1, -1, -1, -1, -1, *scales))] == [1.5, 2.0]


def test_an_empty_path_and_one_too_deep_are_repaired() -> None:
    assert hops(LAYERS, -0.5, -0.4, -0.1, -0.2, -1, -1, -1, -1) == [(1, 0)]
    assert hops(LAYERS, 0.5, 0.4, 0.1, 0.2, 1, 0.3, 0.05, 0.05) == [(0, 0), (0, 1), (0, 0), (0, 1)]
    assert hops(replace(LAYERS, deepest=1), 0.5, 0.4, 0.1, 0.2, 1, 0.3, 0.05, 0.05) == [(0, 0)]


def test_the_layer_search_starts_from_the_first_source_and_finds_a_path() -> None:
    wanted = ((0, 0), (1, 0), (1, 1))

    def liked(plan: Merge) -> float:
        found, best = Counter((hop.source, hop.layer) for hop in plan.path), Counter(wanted)
        return 0.1 + 0.1 * ((found - best).total() + (best - found).total())

    _, trainer = evolved(1, replace(LAYERS, sigma=0.0), liked=liked)
    assert {tuple((h.source, h.layer, h.scale) for h in plan.path) for plan in trainer.merges} == {
        ((0, 0, 1.0), (0, 1, 1.0))
    }
    store, trainer = evolved(25, LAYERS, liked=liked)
    assert tuple((hop.source, hop.layer) for hop in trainer.merges[-1].path) == wanted
    assert elected(store, 25) == pytest.approx(0.1)
    assert all(0.25 <= hop.scale <= 4 for plan in trainer.merges for hop in plan.path)


def test_both_operators_must_search_alike() -> None:
    ctx = context(trainer=RecordingTrainer(right=lambda _: True, merged=error))
    SEARCH.out(ctx)
    with pytest.raises(UsageError, match=r"begun with sigma 0\.16.*--set tasks\.PerCandidate\.of\.sigma=VALUE"):
        replace(SEARCH, sigma=0.0)(ctx.learner, scored("a", 1.0), ctx)


@pytest.mark.parametrize(
    "changes", [{"sources": ()}, {"space": "layers"}, {"groups": 0}, {"sigma": -1.0}, {"population": 1}]
)
def test_what_cannot_be_searched_is_refused_when_it_is_built(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="EvolveMerge"):
        replace(SEARCH, **changes)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(MissingExtra, match=r"lamarck-lm\[search\]"):
        SEARCH.out(context())
