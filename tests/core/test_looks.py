"""A run that dies while the gate is looking goes on to the same looks and the same verdict."""

from lamarck.core import Cycle, Objective, Phase, Verdict, passed, run
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context
from lamarck.trust import Guard

CYCLE = Cycle(
    objective=Objective(ability="sums"),
    tasks=tasks.Dataset(n=12),
    solutions=solutions.Sample(n=4),
    feedback=feedback.Verifier(),
    refinement=refinement.Filter(where=passed),
    updating=updating.SFT(),
    evaluation=evaluation.Accuracy(samples=0, metric="greedy", protected=20, limit=20),
)


def ran(store: MemoryStore) -> Verdict:
    trainer = RecordingTrainer(right=ToyEnvironment().taught, half=400)
    run(CYCLE, context(store=store, trainer=trainer, gate=Guard(cap=120)))
    return store.phases[Phase(stage=0, round=1, name="verdict")]


def test_every_look_is_taken_once_wherever_it_dies():
    whole = MemoryStore()
    verdict = ran(whole)
    looks = [at.name for at in whole.phases if at.name.startswith("look-")]
    assert len(looks) >= 2, "the gate asked for more items"
    for kept in range(len(looks) + 1):
        gone = {"verdict", "objective", *looks[kept:]}
        died = MemoryStore(phases={at: made for at, made in whole.phases.items() if at.name not in gone})
        assert ran(died) == verdict
        assert died.phases == whole.phases
