"""The loop: what each round starts from, what it leaves, and that a resumed run is the same run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pytest

from lamarck.core import (
    Batch,
    Choice,
    Context,
    Cycle,
    Harvest,
    LabelError,
    Learner,
    Limits,
    Names,
    Objective,
    Phase,
    Scope,
    Scorecard,
    Stages,
    Verdict,
    append,
    failed,
    passed,
    run,
)
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context

T = TypeVar("T")
TOY = ToyEnvironment()
ROUND = ["tasks", "feedback", "refinement", "updating", "evaluation", "verdict", "objective"]


def cycle(**slots: Any) -> Cycle:
    usual: dict[str, Any] = {
        "objective": Objective(ability="sums"),
        "tasks": tasks.Dataset(n=12),
        "solutions": solutions.Sample(n=4),
        "feedback": feedback.Verifier(),
        "refinement": (refinement.Filter(where=passed), refinement.Distinct()),
        "updating": updating.SFT(start="base"),
        "evaluation": evaluation.Accuracy(samples=4, protected=4),
        "rounds": 2,
    }
    return Cycle(**{**usual, **slots})


def quick() -> RecordingTrainer:
    return RecordingTrainer(right=TOY.taught, half=16)


def trained(store: MemoryStore) -> list[dict[str, Any]]:
    return [data for kind, data in store.events if kind == "trained"]


def verdicts(store: MemoryStore) -> list[str]:
    return [made.decision for made in store.phases.values() if isinstance(made, Verdict)]


def target(store: MemoryStore, round: int, learner: str) -> float:
    cards: list[Scorecard] = store.phases[Phase(stage=0, round=round, name="evaluation")]
    return next(card.value for card in cards if card.learner == learner)


# --- rounds ---


def test_every_round_commits_its_phases_in_order():
    store = MemoryStore()
    run(cycle(), context(store=store))
    assert [(p.round, p.name) for p in store.phases] == [
        (0, "evaluation"),
        *((1, name) for name in ROUND),
        *((2, name) for name in ROUND),
    ]


def test_a_run_on_right_rows_rises():
    store, start = MemoryStore(), context().learner
    champion = run(cycle(), context(store=store, trainer=quick())).learners["learner"]
    assert verdicts(store) == ["promoted", "promoted"]
    assert target(store, 2, champion.hash) > target(store, 0, start.hash) + 0.1


def test_a_run_on_wrong_rows_does_not():
    store, start = MemoryStore(), context().learner
    champion = run(cycle(refinement=refinement.Filter(where=failed)), context(store=store)).learners["learner"]
    assert verdicts(store) == ["rolled back", "rolled back"]
    assert champion == start


def test_without_a_gate_the_candidate_stays_whatever_it_is():
    store, start = MemoryStore(), context().learner
    worse = cycle(refinement=refinement.Filter(where=failed), gated=False, rounds=1)
    champion = run(worse, context(store=store)).learners["learner"]
    assert verdicts(store) == ["recorded"]
    assert champion != start
    assert champion.hash == trained(store)[0]["learner"]


def test_without_evaluation_nothing_is_scored_and_the_candidate_stays():
    store = MemoryStore()
    champion = run(cycle(evaluation=None), context(store=store)).learners["learner"]
    assert {p.name for p in store.phases} == {"tasks", "feedback", "refinement", "updating", "verdict", "objective"}
    assert champion.hash == trained(store)[1]["learner"]


def test_restart_trains_what_the_stage_began_with_every_round():
    store, start = MemoryStore(), context().learner
    run(cycle(rounds=3), context(store=store))
    assert [data["parent"] for data in trained(store)] == [start.hash] * 3


def test_without_restart_each_round_goes_on_from_the_champion():
    store, start = MemoryStore(), context().learner
    run(cycle(rounds=3, updating=updating.SFT()), context(store=store))
    made = [data["learner"] for data in trained(store)]
    assert [data["parent"] for data in trained(store)] == [start.hash, *made[:2]]


def test_each_round_samples_from_its_champion():
    store = MemoryStore()
    run(cycle(), context(store=store))
    authors = [
        {e.solution.author for e in store.batch(Phase(stage=0, round=round, name="feedback")) if e.solution}
        for round in (1, 2)
    ]
    assert authors == [{context().learner.hash}, {trained(store)[0]["learner"]}]


def test_an_empty_refinement_is_no_update_and_the_champion_stays():
    store, start = MemoryStore(), context(learner="scripted/1.0").learner
    ctx = context(learner="scripted/1.0", store=store)
    assert run(cycle(), ctx).learners["learner"] == start
    assert (trained(store), verdicts(store)) == ([], ["no update", "no update"])


@pytest.mark.parametrize("until", ["tasks", "feedback", "refinement"])
def test_until_a_phase_that_makes_data_makes_it_in_every_round(until: str):
    store = MemoryStore()
    run(cycle(), context(store=store, limits=Limits(until=until)))
    one = ROUND[: ROUND.index(until) + 1]
    assert [(p.round, p.name) for p in store.phases] == [(n, name) for n in (1, 2) for name in one]


def test_until_updating_ends_the_run_there():
    store = MemoryStore()
    run(cycle(), context(store=store, limits=Limits(until="updating")))
    assert [p.name for p in store.phases] == ROUND[: ROUND.index("updating") + 1]  # nor is the base scored


def test_data_of_later_rounds_and_stages_rest_on_those_before():
    store, more = MemoryStore(), tasks.Earlier(stage="first", phase="refinement")
    first = cycle(name="first", refinement=(refinement.Filter(where=passed), refinement.Accumulate()))
    second = cycle(name="second", tasks=more, solutions=(), feedback=(), refinement=(), rounds=1)
    run(Stages(cycles=(first, second)), context(store=store, limits=Limits(until="refinement")))
    one, two = (store.batch(Phase(stage=0, round=n, name="refinement")) for n in (1, 2))
    assert len(two) > len(one) > 0
    assert len(store.batch(Phase(stage=1, round=1, name="refinement"))) == len(one) + len(two)


def test_until_evaluation_has_its_verdict_too():
    store = MemoryStore()
    run(cycle(), context(store=store, limits=Limits(until="evaluation")))
    assert [p.name for p in store.phases][1:] == ROUND[:-1]


def test_until_solutions():
    store = MemoryStore()
    run(cycle(), context(store=store, limits=Limits(until="solutions")))
    assert "refinement" not in {p.name for p in store.phases}


def test_limits_cap_tasks_and_samples():
    store = MemoryStore()
    run(cycle(rounds=1), context(store=store, limits=Limits(tasks=5, samples=2, until="feedback")))
    assert len(store.batch(Phase(stage=0, round=1, name="feedback"))) == 10


@pytest.mark.parametrize(("patience", "made"), [(0, 4), (1, 1), (2, 2)])
def test_patience_ends_a_stage_that_promotes_nobody(patience: int, made: int):
    store = MemoryStore()
    run(cycle(rounds=4, updating=(), patience=patience), context(store=store))
    assert len(verdicts(store)) == made


# --- the objective ---


@dataclass(frozen=True)
class Watching:
    seen: list[list[float]] = field(default_factory=list[list[float]])

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        self.seen.append([card.value for card in scorecards])
        return Choice(objective=Objective(ability="sums", node="add"), reason="because")


def test_the_next_objective_sees_every_champions_scorecard_oldest_first():
    watching = Watching()
    store = MemoryStore()
    run(cycle(next=watching), context(store=store, trainer=quick()))
    assert [len(seen) for seen in watching.seen] == [2, 3]
    assert watching.seen[1][:2] == watching.seen[0]
    assert watching.seen[0][0] < watching.seen[0][1]


def test_a_new_objective_changes_the_next_round():
    store = MemoryStore()
    run(cycle(next=Watching()), context(store=store))
    nodes = [
        {e.task.parameters["node"] for e in store.batch(Phase(stage=0, round=round, name="tasks"))} for round in (1, 2)
    ]
    assert nodes == [{"add", "subtract", "multiply"}, {"add"}]
    assert "because" in str(store.phases[Phase(stage=0, round=1, name="objective")])


# --- stages ---


def test_a_stage_starts_from_the_champion_the_earlier_one_left():
    store = MemoryStore()
    run(Stages(cycles=(cycle(rounds=1), cycle(rounds=1))), context(store=store))
    first, second = trained(store)
    assert second["parent"] == first["learner"]


def test_a_helper_is_crowned_beside_the_learner():
    store, start = MemoryStore(), context().learner
    helper = cycle(updates="verifier", begin_from="learner", rounds=1, evaluation=None, gated=False)
    made = run(Stages(cycles=(helper,), repeat=2), context(store=store)).learners
    assert made["learner"] == start
    assert made["verifier"].hash == trained(store)[1]["learner"]
    assert [data["parent"] for data in trained(store)] == [start.hash, start.hash]


def test_until_stops_all_stages():
    store = MemoryStore()
    run(Stages(cycles=(cycle(), cycle())), context(store=store, limits=Limits(until="updating")))
    assert {p.stage for p in store.phases} == {0}


# --- resume ---


@dataclass(kw_only=True)
class Dying(MemoryStore):
    left: int
    """How many more phases it commits before the process is gone."""

    def commit(self, phase: Phase, kind: type[T], make: Callable[[], T], /) -> T:
        if phase not in self.phases and self.left == 0:
            raise KeyboardInterrupt
        self.left -= phase not in self.phases
        return super().commit(phase, kind, make)


def test_a_finished_run_asks_nothing_new():
    store, models = MemoryStore(), ScriptedModels(answer=TOY.answer, wrong=TOY.wrong)
    trainer = RecordingTrainer(right=TOY.taught)
    once = run(cycle(), context(store=store, models=models, trainer=trainer)).learners
    asked, jobs = len(models.calls), len(trainer.jobs)
    assert asked > 0
    assert jobs == 2
    assert run(cycle(), context(store=store, models=models, trainer=trainer)).learners == once
    assert (len(models.calls), len(trainer.jobs)) == (asked, jobs)


@pytest.mark.parametrize("left", range(2 * len(ROUND) + 1))
def test_wherever_it_dies_the_resumed_run_is_the_same_run(left: int):
    whole = MemoryStore()
    champion = run(cycle(), context(store=whole)).learners["learner"]
    dying = Dying(left=left)
    with pytest.raises(KeyboardInterrupt):
        run(cycle(), context(store=dying))
    resumed = MemoryStore(phases=dict(dying.phases))
    assert run(cycle(), context(store=resumed)).learners["learner"] == champion
    assert untimed(resumed) == untimed(whole)


def untimed(store: MemoryStore) -> dict[Phase, Any]:
    return {at: made.batch if isinstance(made, Harvest) else made for at, made in store.phases.items()}


# --- the guard ---


@dataclass(frozen=True, kw_only=True)
class Peek:
    """Says it reads solutions, and reads the answer."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = frozenset[str]()

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [e for e in batch if e.task.reference and e.task.reference.read()]


@pytest.mark.parametrize("slot", ["tasks", "solutions", "refinement"])
def test_an_operator_that_reads_a_reference_stops_rest_em(slot: str):
    method = append(slot, Peek())(load("rest_em")(samples=2))
    with pytest.raises(LabelError, match="the recipe declares labels='check'"):
        run(method, context())


def test_a_learner_is_a_file_like_a_real_one(tmp_path: Any):
    store = MemoryStore(learners=str(tmp_path))
    champion: Learner = run(cycle(rounds=1), context(store=store)).learners["learner"]
    assert (tmp_path / champion.model.digest[:16] / "model.json").is_file()
