"""What computes: models, executor and trainers over one pool of worker processes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from lamarck.api.results import of_run
from lamarck.core import Environment
from lamarck.executors.processes import Processes
from lamarck.executors.streaming import Streaming
from lamarck.models import Shelf
from lamarck.models.pupil import files
from lamarck.trainers import Trainers
from lamarck.trainers.lean.trainer import LeanTrainer


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The parts of a context that compute."""

    models: Shelf
    executor: Streaming
    trainer: Trainers


@contextmanager
def machine(world: Environment, workers: int | None) -> Generator[Machine]:
    """Everything that computes in an environment; its processes end with the block."""
    with Processes(workers) as pool:
        lean = LeanTrainer(pool, kit="lamarck.models.pupil.kit", locate=files.locate)
        shelf = Shelf(pool, world.name, of_run=of_run)
        yield Machine(models=shelf, executor=Streaming(), trainer=Trainers({"pupil": lean}))
