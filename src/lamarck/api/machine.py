"""What computes: models, executor and trainers over one pool of worker processes."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamarck.api.remembering import embedder_in
from lamarck.api.results import of_run
from lamarck.core import Context, Environment, Learner, Objective
from lamarck.executors.processes import Processes
from lamarck.executors.streaming import MOST, Streaming
from lamarck.memory import ReadOnly, Versions
from lamarck.models import Host, Shelf
from lamarck.models.budget import Budget, Cost
from lamarck.models.endpoint.journal import spent_in
from lamarck.models.pupil import files
from lamarck.store import find
from lamarck.trainers import Trainers
from lamarck.trainers.lean.trainer import LeanTrainer
from lamarck.trainers.trl.trainer import TrlTrainer
from lamarck.trust import Open

WHOLE: Mapping[str, str] = {"hf": "lamarck.models.hf.files", "vllm": "lamarck.models.vllm.folders"}
"""Provider of models in Hugging Face folders -> the module that finds these."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The parts of a context that compute."""

    models: Shelf
    executor: Streaming
    trainer: Trainers
    budget: Budget

    def scoring(
        self,
        world: Environment,
        learners: Mapping[str, Learner],
        *,
        objective: Objective,
        memory: str = "",
        **more: Any,
    ) -> Context:
        """A context that only measures: nothing is trained or kept. In: the learners by role, the run whose memory
        they read, ``more`` of the context's fields."""
        folder = find(memory).absolute() if memory else None
        return Context(
            learners=learners,
            environment=world,
            objective=objective,
            models=self.models,
            trainer=self.trainer,
            executor=self.executor,
            memories=Versions(ReadOnly(folder), embedder_in(folder, self.models)) if folder else None,
            gate=Open(),
            **more,
        )


@contextmanager
def machine(
    world: Environment,
    workers: int | None,
    folder: Path | None = None,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
    limits: Mapping[str, float] | None = None,
) -> Generator[Machine]:
    """Everything that computes in an environment; its processes and calls end with the block.

    In: the run's folder, where providers may keep files, what the user says about each of them, and what may be
    spent on models, over all processes that went on with the run.
    """
    budget = Budget(limits=limits or {}, folder=str(folder or ""))
    if folder:
        earlier = spent_in(folder)
        budget.earlier(Cost(usd=earlier.usd, tokens=earlier.tokens, calls=earlier.calls), earlier.seconds)
    with Processes(workers) as pool:
        lean = LeanTrainer(pool, kit="lamarck.models.pupil.kit", locate=files.locate)
        host = Host(pool=pool, environment=world.name, folder=folder, options=providers or {}, budget=budget)
        shelf = Shelf(host, of_run=of_run)
        with closing(shelf), ExitStack() as stack:
            whole = {name: stack.enter_context(closing(_trl(name, pool, shelf, host))) for name in WHOLE}
            threads = Streaming(threads=_threads(providers))
            yield Machine(models=shelf, executor=threads, trainer=Trainers({"pupil": lean, **whole}), budget=budget)


def _trl(name: str, pool: Processes, shelf: Shelf, host: Host) -> TrlTrainer:
    """The trainer of the folders that a provider's models lie in; how training is launched is said of hf."""
    options = {**host.of("hf"), **{key: value for key, value in host.of(name).items() if key in ("base", "cache")}}
    return TrlTrainer(pool, kit="lamarck.models.hf.kit", files=WHOLE[name], options=options, before=shelf.release)


def _threads(providers: Mapping[str, Mapping[str, Any]] | None) -> int:
    """Four threads a call in flight: most of them wait, and none may be missing."""
    limits = [said.get("limit", 64) for said in (providers or {}).values()]
    return max([64, *(min(MOST, 4 * limit) for limit in limits if isinstance(limit, int))])
