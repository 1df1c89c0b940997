"""Monitors: what they see, what an alarm does, and that a resumed run heeds the same ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from lamarck.core import (
    Alarm,
    Context,
    Cycle,
    Edit,
    Finding,
    Learner,
    Objective,
    Phase,
    Seen,
    Verdict,
    describe,
    passed,
    run,
)
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context
from lamarck.trust import Open

TOY = ToyEnvironment()
CYCLE = Cycle(
    objective=Objective(ability="sums"),
    tasks=tasks.Dataset(n=6),
    solutions=solutions.Sample(n=4, temperature=1.0),
    feedback=feedback.Verifier(),
    refinement=refinement.Filter(where=passed),
    updating=updating.SFT(),
    evaluation=evaluation.Accuracy(samples=2, protected=4),
    rounds=3,
)


@dataclass
class Watcher:
    """Raises one alarm in one round, and remembers what it was shown."""

    alarm: Alarm | None = None
    at: int = 2
    shown: list[Seen] = field(default_factory=list[Seen])
    name: str = "watcher"

    def __call__(self, seen: Seen, ctx: Context) -> Finding:
        self.shown.append(seen)
        return Finding(
            monitor=self.name,
            figures={"samples": len(seen.samples)},
            alarm=self.alarm if ctx.round == self.at else None,
        )


def ran(watcher: Watcher | None, store: MemoryStore, **changes: Any) -> Context:
    ctx = context(environment=TOY, trainer=RecordingTrainer(right=TOY.taught, half=16), store=store, gate=Open())
    return run(replace(CYCLE, **changes), replace(ctx, monitors=(watcher,) if watcher else ()))


def verdict(store: MemoryStore, round: int) -> Verdict:
    return store.phases[Phase(stage=0, round=round, name="verdict")]


def candidate(store: MemoryStore, round: int) -> Learner:
    return store.phases[Phase(stage=0, round=round, name="updating")]


def test_a_monitor_sees_the_round_and_its_own_findings():
    watcher, store = Watcher(), MemoryStore()
    ran(watcher, store)
    first, _, third = watcher.shown
    assert len(first.samples) == 24
    assert 0 < len(first.kept) < 24
    assert [len(sittings) for sittings in (s.sittings for s in watcher.shown)] == [1, 2, 3]
    assert first.verdict.decision == "recorded"
    assert [one.figures for one in third.earlier] == [{"samples": 24.0}] * 2


def test_without_monitors_nothing_is_committed_for_them():
    store = MemoryStore()
    ran(None, store)
    assert not [phase for phase in store.phases if phase.name == "monitors"]


def test_an_alarm_rolls_back_whatever_the_gate_said():
    alarm = Alarm(reason="the tails are gone", roll_back=True)
    store = MemoryStore()
    ctx = ran(Watcher(alarm), store)
    ruled = verdict(store, 2)
    assert ruled.decision == "rolled back"
    assert ruled.champion == candidate(store, 1).hash
    assert "watcher: the tails are gone" in ruled.reason
    assert "the gate said recorded" in ruled.reason
    assert candidate(store, 3).parent == candidate(store, 1).hash
    assert ctx.learners["learner"].hash == candidate(store, 3).hash
    assert ("alarm", {"stage": 0, "round": 2, "monitor": "watcher", "alarm": describe(alarm)}) in store.events


def test_an_alarm_changes_the_rounds_that_follow_and_only_those():
    edits = (
        Edit(path="refinement", operator=refinement.Accumulate()),
        Edit(path="refinement", operator=refinement.Accumulate()),
        Edit(path="solutions.temperature", times=1.25, most=1.2),
        Edit(path="updating.replay", least=0.25, most=0.5),
        Edit(path="updating.no_such_field", times=2),
    )
    watcher = Watcher(Alarm(reason="narrow", edits=edits), at=1)
    ran(watcher, MemoryStore())
    first, second, _ = (seen.cycle for seen in watcher.shown)
    assert first == CYCLE
    assert second.refinement == (refinement.Filter(where=passed), refinement.Accumulate())
    assert second.solutions == solutions.Sample(n=4, temperature=1.2)
    assert second.updating == updating.SFT(replay=0.25)


def test_an_edit_never_lowers_what_is_above_its_ceiling_already():
    assert Edit(path="solutions.temperature", times=2, most=0.8)(CYCLE) == CYCLE
    assert Edit(path="rounds", operator=None, times=1)(CYCLE) == CYCLE


def test_an_alarm_ends_the_stage():
    store = MemoryStore()
    ctx = ran(Watcher(Alarm(reason="hopeless", stop=True, roll_back=True)), store)
    assert Phase(stage=0, round=3, name="tasks") not in store.phases
    assert ctx.learners["learner"].hash == candidate(store, 1).hash


@pytest.mark.parametrize("last", ["monitors", "verdict", "evaluation"])
def test_a_resumed_run_heeds_the_alarms_that_were_committed(last: str):
    alarm = Alarm(reason="narrow", edits=(Edit(path="solutions.temperature", times=1.25),), roll_back=True)
    whole, cut = MemoryStore(), MemoryStore()
    ran(Watcher(alarm, at=1), whole)
    ends = list(whole.phases).index(Phase(stage=0, round=1, name=last))
    cut.phases = dict(list(whole.phases.items())[: ends + 1])
    ran(Watcher(alarm, at=1), cut)
    assert cut.phases == whole.phases
