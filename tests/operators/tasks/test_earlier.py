from dataclasses import dataclass
from typing import Any, ClassVar

from lamarck.core import Batch, Context, Cycle, Learner, Names, Objective, Stages, failed, run
from lamarck.operators import feedback, refinement, solutions, tasks
from lamarck.testing import context

GOAL = Objective(ability="sums")


@dataclass(frozen=True, kw_only=True)
class Note:
    """An update that notes its batch and changes nothing."""

    reads: ClassVar[Names] = frozenset[str]()
    into: list[Batch]

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        self.into.append(batch)
        return learner


def met(**options: Any) -> Batch:
    seen = list[Batch]()
    first = Cycle(
        name="solve",
        objective=GOAL,
        tasks=tasks.Dataset(n=3),
        solutions=solutions.Sample(n=4),
        feedback=feedback.Verifier(),
        refinement=refinement.Filter(),
        updating=Note(into=[]),
        gated=False,
        rounds=2,
    )
    then = Cycle(name="look", objective=GOAL, tasks=tasks.Earlier(**options), updating=Note(into=seen), gated=False)
    run(Stages(cycles=(first, then)), context())
    return seen[0]


def test_all_rounds_of_a_stage_with_its_failures():
    batch = met(stage="solve")
    assert [e.origin.round for e in batch] == [1] * 12 + [2] * 12
    assert any(map(failed, batch))


def test_a_tasks_experiences_have_numbers_of_their_own():
    batch = met(stage="solve")
    assert len({e.id for e in batch}) == 24
    assert {e.sample for e in batch} >= set(range(4))


def test_another_phase():
    batch = met(stage="solve", phase="refinement")
    assert 0 < len(batch) < 24
    assert not any(map(failed, batch))


def test_no_stage_means_earlier_rounds_of_this_one():
    assert met() == []
