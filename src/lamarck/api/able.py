"""Whether the models of a run can do what its recipe asks of them, before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lamarck.core import CapabilityError, Cycle, Learner, Method, Models, many, stages
from lamarck.core.protocols import Capability

PHASES = ("tasks", "solutions", "feedback", "refinement", "updating", "evaluation")
"""The slots in the order they run."""
WAYS: Mapping[str, str] = {
    "train": "take a learner that can, hf/<model> or pupil/<name>, or stop before: --until refinement",
    "score": "take hf/<model>, vllm/<model> or pupil/<name> for it",
}
"""What a model lacks -> who has it."""


def able(name: str, method: Method, learners: Mapping[str, Learner], models: Models, until: str) -> None:
    """Nothing where every model can do its part in the phases that will run.

    Raises: CapabilityError naming the operator, the model, what it lacks and who has it.
    """
    cycles = stages(method)[:1] if until else stages(method)
    for cycle in cycles:
        for place, operator, needs in _needs(cycle, until):
            role = cycle.updates if place == "updating" else str(getattr(operator, "role", "learner"))
            learner = learners.get(role) or learners.get(cycle.begin_from) or learners["learner"]
            if lacking := sorted(needs - _can(models, learner, needs)):
                way = WAYS.get(lacking[0], "take another model for it")
                raise CapabilityError(
                    f"{name}.{place}: {type(operator).__name__} needs a model that can {' and '.join(lacking)}, "
                    f"which {learner.model.name} cannot; {way}"
                )


def _needs(cycle: Cycle, until: str) -> Iterator[tuple[str, Any, frozenset[Capability]]]:
    """Each operator that will run and needs something, with its slot."""
    last = PHASES.index(until) if until else len(PHASES)
    for place in PHASES[: last + 1]:
        operators: tuple[Any, ...] = many(getattr(cycle, place))
        for operator in operators:
            if needs := frozenset(getattr(operator, "needs", ())):
                yield place, operator, needs


def _can(models: Models, learner: Learner, needs: frozenset[Capability]) -> frozenset[Capability]:
    """What a learner's model can do. Its weights say whether it can be trained, without asking anybody."""
    if tuple(needs) == ("train",) and learner.model.provider in ("openai", "ensemble"):
        return frozenset()
    return frozenset(models.open(learner).capabilities)
