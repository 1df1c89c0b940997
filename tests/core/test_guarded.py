"""No operator gets past the labels that a recipe declares, whichever way it asks."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from lamarck.core import (
    Batch,
    Context,
    Cycle,
    Demanding,
    Inventing,
    LabelError,
    Labels,
    Names,
    Objective,
    Reading,
    Scope,
    offers,
    run,
)
from lamarck.operators import evaluation, refinement, solutions, tasks, updating
from lamarck.testing import context


@dataclass(frozen=True, kw_only=True)
class Peek:
    """Asks the environment itself."""

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = frozenset[str]()

    at: str

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        world, one = ctx.environment, batch[0]
        assert one.solution
        if self.at == "check":
            world.check(one.task, one.solution)
        else:
            found: Any = world.tasks("selection", 3, 0, ctx.objective) if self.at == "tasks" else []
            found = found or [task for each in world.protected(3, 0).values() for task in each]
            assert found[0].reference.read()
        return batch


def ran(at: str, labels: Labels) -> None:
    run(
        Cycle(
            objective=Objective(ability="sums"),
            tasks=tasks.Dataset(n=4),
            solutions=solutions.Sample(),
            refinement=(refinement.Distinct(), Peek(at=at)),
            updating=updating.SFT(),
            evaluation=evaluation.Accuracy(samples=0, protected=2, limit=4),
        ),
        context(labels=labels),
    )


@pytest.mark.parametrize("at", ["check", "tasks", "protected"])
def test_without_labels_every_way_is_shut_and_evaluation_goes_on(at: str):
    with pytest.raises(LabelError, match="labels='none'"):
        ran(at, "none")


@pytest.mark.parametrize("at", ["tasks", "protected"])
def test_a_recipe_that_may_be_checked_still_reads_no_reference(at: str):
    with pytest.raises(LabelError, match="labels='check'"):
        ran(at, "check")
    ran("check", "check")


@pytest.mark.parametrize("at", ["check", "tasks", "protected"])
def test_a_recipe_that_trains_on_labels_reads_them(at: str):
    ran(at, "train")


def test_a_guarded_environment_offers_what_it_wraps_and_no_held_out_cases():
    world = context().environment
    assert offers(world, Inventing)
    assert offers(world, Reading)
    assert not offers(world, Demanding)
