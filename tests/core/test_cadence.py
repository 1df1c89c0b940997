"""How often the gate speaks: rounds between work on, a rollback takes all of them back."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Hearing,
    Learner,
    Names,
    Objective,
    Parties,
    Phase,
    Scorecard,
    Verdict,
    run,
)
from lamarck.operators import evaluation
from lamarck.testing import MemoryStore, context


@dataclass(frozen=True, kw_only=True)
class Say:
    """Makes a new learner each round: its prompt, its memory and its model say which rounds made it."""

    reads: ClassVar[Names] = frozenset[str]()

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        model = replace(learner.model, digest=f"{learner.model.digest[:8]}{ctx.round:056d}")
        made = f"{learner.memory}{ctx.round}"
        return replace(learner, model=model, prompt=f"prompt {made}", memory=made, parent=learner.hash)


@dataclass
class Scripted:
    """A gate that says what it is told, and whom it was asked about."""

    answers: list[str]
    asked: list[Parties] = field(default_factory=list[Parties])

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        self.asked.append(parties)
        champion = parties.candidate if self.answers.pop(0) == "up" else parties.champion
        decision = "promoted" if champion == parties.candidate else "rolled back"
        return Verdict(decision=decision, champion=champion, best=champion)


def ran(rounds: int, cadence: int, *answers: str) -> tuple[Learner, Scripted, MemoryStore]:
    gate, store = Scripted(list(answers)), MemoryStore()
    cycle = Cycle(
        objective=Objective(ability="sums"),
        updating=Say(),
        evaluation=evaluation.Accuracy(samples=0, protected=2, limit=4),
        rounds=rounds,
    )
    ctx = replace(context(gate=gate, store=store), cadence=cadence)
    return run(cycle, ctx).learners["learner"], gate, store


def decisions(store: MemoryStore) -> list[str]:
    return [made.decision for made in store.phases.values() if isinstance(made, Verdict)]


def scored(store: MemoryStore, round: int) -> list[Scorecard]:
    made: Any = store.phases.get(Phase(stage=0, round=round, name="evaluation"), [])
    return made


def test_every_round_by_itself():
    champion, gate, store = ran(3, 1, "up", "down", "up")
    assert decisions(store) == ["promoted", "rolled back", "promoted"]
    assert champion.memory == "13", "round 3 began from the champion of round 1"
    assert len(gate.asked) == 3


@pytest.mark.parametrize(("cadence", "spoken"), [(2, [2, 4, 5]), (0, [5]), (9, [5])])
def test_it_speaks_every_so_often_and_at_the_end(cadence: int, spoken: list[int]):
    champion, _, store = ran(5, cadence, *("up" for _ in spoken))
    said = decisions(store)
    assert [number for number, decision in enumerate(said, 1) if decision != "deferred"] == spoken
    assert champion.memory == "12345"
    assert [bool(scored(store, number)) for number in range(1, 6)] == [number in spoken for number in range(1, 6)]


def test_a_rollback_takes_all_rounds_since_the_champion_back_weights_memory_and_prompt_together():
    champion, gate, store = ran(4, 2, "up", "down")
    assert decisions(store) == ["deferred", "promoted", "deferred", "rolled back"]
    made = store.phases[Phase(stage=0, round=2, name="updating")]
    assert champion == made
    assert (champion.memory, champion.prompt) == ("12", "prompt 12")
    assert champion.model == made.model
    assert gate.asked[1].champion == gate.asked[0].candidate, "compared with what was promoted, not with the last"


def test_going_on_after_a_stop_changes_nothing():
    whole, _, store = ran(4, 2, "up", "down")
    gate = Scripted(["down"])
    for phase in [phase for phase in store.phases if phase.round > 2]:
        del store.phases[phase]
    cycle = Cycle(
        objective=Objective(ability="sums"),
        updating=Say(),
        evaluation=evaluation.Accuracy(samples=0, protected=2, limit=4),
        rounds=4,
    )
    again = run(cycle, replace(context(gate=gate, store=store), cadence=2)).learners["learner"]
    assert again == whole
