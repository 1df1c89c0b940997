"""MetaMath on the small model: a program's input is masked, and what is kept starts the program rightly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from lamarck.core import Batch, Limits, Objective, Phase, put, run
from lamarck.environments.listmachine import machine
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files
from lamarck.recipes import load
from lamarck.testing import MemoryStore, context
from lamarck.trainers.lean.trainer import LeanTrainer

WORLD = ListMachine()


class Here:
    """A pool without processes."""

    workers = 1

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(1)

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run it in one thread."""
        return self.threads.submit(resolve_name(fn), *args)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    """A run of twenty steps, without rephrasing: the small model reads no English."""
    here, store = Here(), MemoryStore(learners=str(tmp_path_factory.mktemp("learners")))
    goal = Objective(ability="list machine", metric="greedy", parameters={"kind": "exec", "depth": 2})
    method: Any = load("metamath")(ablate=["rephrase"], samples=2, steps=20)
    small = {"objective": goal, "evaluation": None, "updating.batch": 8}
    for path, value in small.items():
        method = put(path, value)(method)
    ctx = context(
        learner="pupil/listmachine",
        environment=WORLD,
        models=Shelf(Host(pool=here, environment="listmachine")),
        trainer=LeanTrainer(here, kit="lamarck.models.pupil.kit", locate=files.locate),
        store=store,
        labels="train",
        limits=Limits(tasks=10),
    )
    run(method, ctx)
    yield store
    here.threads.shutdown()


def batch(store: MemoryStore, phase: str) -> Batch:
    return store.batch(Phase(stage=0, round=1, name=phase))


def backward(some: Batch) -> Batch:
    return [e for e in some if "list" not in e.task.fields]


def test_each_task_has_one_backward_question(store: MemoryStore):
    assert len(batch(store, "tasks")) == 2 * len(backward(batch(store, "tasks"))) == 20


def test_what_is_kept_backwards_starts_the_program_that_gives_the_list(store: MemoryStore):
    kept = backward(batch(store, "refinement"))
    assert len(kept) > 5
    for e in kept:
        found = WORLD.answer(e.task, e.solution) if e.solution else None
        assert machine.run(e.task.fields["program"], found or "") == e.task.fields["target"]


def test_the_learner_is_trained_on_both_directions(store: MemoryStore):
    told: Any = [data for kind, data in store.events if kind == "trained"]
    assert [data["steps"] for data in told] == [20]
    assert Path(store.learners).is_dir()
    lines = {e.prompt.fields["line"] for e in batch(store, "refinement")}
    assert {line[0] for line in lines} == {"E", "B"}
