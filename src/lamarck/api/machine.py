"""What computes: models, executor and trainers over one pool of worker processes."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamarck.api.results import of_run
from lamarck.core import Environment
from lamarck.executors.processes import Processes
from lamarck.executors.streaming import Streaming
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files
from lamarck.trainers import Trainers
from lamarck.trainers.lean.trainer import LeanTrainer
from lamarck.trainers.trl.trainer import TrlTrainer


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The parts of a context that compute."""

    models: Shelf
    executor: Streaming
    trainer: Trainers


@contextmanager
def machine(
    world: Environment,
    workers: int | None,
    folder: Path | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Generator[Machine]:
    """Everything that computes in an environment; its processes end with the block.

    In: the run's folder, where providers may keep files, and what the user says about each of them.
    """
    with Processes(workers) as pool:
        lean = LeanTrainer(pool, kit="lamarck.models.pupil.kit", locate=files.locate)
        host = Host(pool=pool, environment=world.name, folder=folder, options=providers or {})
        shelf = Shelf(host, of_run=of_run)
        whole = TrlTrainer(
            pool,
            kit="lamarck.models.hf.kit",
            files="lamarck.models.hf.files",
            options=host.of("hf"),
            before=shelf.release,
        )
        with closing(whole):
            yield Machine(models=shelf, executor=Streaming(), trainer=Trainers({"pupil": lean, "hf": whole}))
