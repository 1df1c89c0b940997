"""Rolling back restores weights, memory and prompt together: through the loop, they are one learner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Learner,
    ModelRef,
    Names,
    Objective,
    Phase,
    Scorecard,
    Verdict,
    describe,
    run,
)
from lamarck.operators import evaluation, tasks
from lamarck.store import RunInfo, RunStore
from lamarck.testing import MemoryStore, context
from lamarck.trust import Guard


@dataclass(frozen=True, kw_only=True)
class Become:
    """Changes weights, memory and prompt at once; a round's learner errs as often as ``errs`` says."""

    reads: ClassVar[Names] = {"task"}
    errs: Mapping[int, float]
    remembers: bool = True

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        if ctx.round not in self.errs:
            return learner
        model = ModelRef(name=f"scripted/{self.errs[ctx.round]}", digest=f"weights of round {ctx.round}")
        memory = f"memory of round {ctx.round}" if self.remembers else ""
        prompt = f"You are the learner of round {ctx.round}."
        return replace(learner, model=model, memory=memory, prompt=prompt, parent=learner.hash)


def lived(errs: dict[int, float], gate: Guard, items: int) -> tuple[list[Learner], list[Verdict]]:
    """The champion after each round, and the verdicts; the base errs in half of its answers."""
    store = MemoryStore()
    cycle = Cycle(
        objective=Objective(ability="sums"),
        tasks=tasks.Dataset(n=4),
        updating=Become(errs=errs),
        evaluation=evaluation.Accuracy(samples=0, metric="greedy", limit=items, protected=items),
        rounds=gate.rounds,
    )
    ctx = context(store=store, gate=gate)
    run(cycle, ctx)
    known = {ctx.learner.hash: ctx.learner}
    found = [store.phases[Phase(stage=0, round=n, name="updating")] for n in range(1, gate.rounds + 1)]
    known |= {learner.hash: learner for learner in found}
    said = [store.phases[Phase(stage=0, round=n, name="verdict")] for n in range(1, gate.rounds + 1)]
    return [known[verdict.champion] for verdict in said], said


def parts(learner: Learner) -> tuple[str, str, str]:
    return learner.model.digest, learner.memory, learner.prompt


def test_what_is_rolled_back_leaves_nothing_of_itself():
    base = context().learner
    (after,), (verdict,) = lived({1: 0.9}, Guard(), 100)
    assert verdict.decision == "rolled back"
    assert after == base
    assert parts(after) == parts(base)


def test_a_later_withdrawal_brings_all_of_the_best_back():
    gate = Guard(rounds=4, cap=1)  # one look a round, so that it takes several
    champions, said = lived({1: 0.1, 2: 0.22}, gate, 60)
    assert [verdict.decision for verdict in said[:2]] == ["promoted", "provisional"]
    assert said[0].best == champions[0].hash
    assert parts(champions[1]) == ("weights of round 2", "memory of round 2", "You are the learner of round 2.")
    withdrawn = [verdict.withdrawn for verdict in said]
    assert champions[1].hash in withdrawn
    assert parts(champions[-1]) == ("weights of round 1", "memory of round 1", "You are the learner of round 1.")


def test_the_loop_scores_everybody_whom_the_gate_compares():
    store = MemoryStore()
    cycle = Cycle(
        objective=Objective(ability="sums"),
        tasks=tasks.Dataset(n=4),
        updating=Become(errs={1: 0.45, 2: 0.46}),
        evaluation=evaluation.Accuracy(samples=0, metric="greedy", limit=60, protected=60),
        rounds=2,
    )
    run(cycle, context(store=store, gate=Guard(rounds=2, cap=200)))
    looks = [at for at in store.phases if at.name.startswith("look-")]
    assert looks
    first: list[Scorecard] = store.phases[Phase(stage=0, round=2, name="evaluation")]
    assert len({card.learner for card in first}) == 3  # candidate, champion, and the base that still is the best


def test_verdicts_and_looks_come_back_from_the_run_folder_as_they_were(tmp_path: Path):
    cycle = Cycle(
        objective=Objective(ability="sums"),
        tasks=tasks.Dataset(n=4),
        updating=Become(errs={1: 0.45}, remembers=False),
        evaluation=evaluation.Accuracy(samples=0, metric="greedy", limit=60, protected=60),
    )
    info = RunInfo(recipe="mine", learner="scripted/0.5", environment="toy", resolved=describe(cycle))
    memory, folder = MemoryStore(), tmp_path / "run"
    run(cycle, context(store=memory, gate=Guard(cap=200)))
    with RunStore.hold(folder, info) as store:
        run(cycle, context(store=store, gate=Guard(cap=200)))
    at = Phase(stage=0, round=1, name="verdict")
    with RunStore.hold(folder, info) as store:
        assert store.read(at, Verdict) == memory.phases[at]
        assert store.read(replace(at, name="look-1"), list[Scorecard]) == memory.phases[replace(at, name="look-1")]
