"""A context made of doubles."""

from __future__ import annotations

from collections.abc import Mapping

from lamarck.core import (
    Context,
    Environment,
    Executor,
    Gate,
    Labels,
    Limits,
    Memories,
    Models,
    Objective,
    Store,
    Trainer,
)
from lamarck.memory import Versions
from lamarck.testing.gate import PlainGate
from lamarck.testing.inline import Inline
from lamarck.testing.models import ScriptedModels
from lamarck.testing.store import MemoryStore
from lamarck.testing.toy import ToyEnvironment
from lamarck.testing.trainer import RecordingTrainer


def context(
    *,
    learner: str = "scripted/0.5",
    roles: Mapping[str, str] | None = None,
    environment: Environment | None = None,
    models: Models | None = None,
    trainer: Trainer | None = None,
    executor: Executor | None = None,
    store: Store | None = None,
    gate: Gate | None = None,
    memories: Memories | None = None,
    objective: Objective | None = None,
    labels: Labels = "check",
    limits: Limits | None = None,
    seed: int = 0,
) -> Context:
    """A context for the loop, or, as in round 1 of the first stage, for one operator.

    In: what should differ from the doubles; ``learner`` and ``roles`` are names of models.
    """
    toy = ToyEnvironment()
    opened = models or ScriptedModels(answer=toy.answer, wrong=toy.wrong)
    champion = opened.learner(learner)
    return Context(
        seed=seed,
        learners={"learner": champion} | {role: opened.learner(name) for role, name in (roles or {}).items()},
        environment=environment or toy,
        models=opened,
        trainer=trainer or RecordingTrainer(right=toy.taught),
        executor=executor or Inline(),
        store=store or MemoryStore(),
        gate=gate or PlainGate(),
        memories=memories or Versions(),
        objective=objective or Objective(ability="sums"),
        labels=labels,
        limits=limits or Limits(),
        round=1,
        base=champion,
        learner=champion,
        operator="test",
    )
