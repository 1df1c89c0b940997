"""Whether the models of a run can do what its recipe asks of them, before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

from lamarck.core import MAKING, CapabilityError, Cycle, Environment, Learner, Method, Models, Stages, many, stages
from lamarck.core.protocols import Capability

PHASES = ("tasks", "solutions", "feedback", "refinement", "updating", "evaluation")
"""The slots in the order they run."""
WAYS: Mapping[str, str] = {
    "train": "take a learner that can, hf/<model> or pupil/<name>, or stop before: --until refinement",
    "score": "take hf/<model>, vllm/<model> or pupil/<name> for it",
    "rate": "name a reward model: --role reward_model=hf/<model>",
}
"""What a model lacks -> who has it."""


def able(name: str, method: Method, learners: Mapping[str, Learner], models: Models, until: str) -> tuple[Method, str]:
    """The part of a method that its models can do, and why the rest is left out, "" where nothing is.

    Only a run that makes data leaves stages out, from the first on that would need what nobody is trained to do.
    Raises: CapabilityError naming the operator, the model, what it lacks and who has it.
    """
    cycles, made = stages(method), set[str]()
    for number, cycle in enumerate(cycles if until in ("", *MAKING) else cycles[:1]):
        lacking = _lacking(name, cycle, learners, models, until, made)
        if lacking and (number == 0 or not until):
            raise CapabilityError(lacking)
        if lacking:
            return Stages(cycles=cycles[:number]), lacking
        made |= {cycle.updates} if not until else set()
    return method, ""


def suits(method: Method, world: Environment, until: str) -> None:
    """Nothing where the environment has what every operator that will run asks of it, those that others hold too.

    Raises: UsageError as the operator's own ``suits`` does.
    """
    for cycle in stages(method):
        for place in PHASES[: PHASES.index(until) + 1 if until else None]:
            for part in _parts(getattr(cycle, place)):
                if asks := getattr(part, "suits", None):
                    asks(world)


def _parts(found: Any) -> Iterator[Any]:
    """The operators of a slot, and those that they hold."""
    for one in many(found):
        if is_dataclass(one) and not isinstance(one, type):
            yield one
            for field in fields(one):
                yield from _parts(getattr(one, field.name))


def _lacking(
    name: str, cycle: Cycle, learners: Mapping[str, Learner], models: Models, until: str, made: Set[str]
) -> str:
    """What a stage needs that its model cannot do, in words. In: ``made``, roles that the run trains before it."""
    for place, operator, needs in _needs(cycle, until):
        role = cycle.updates if place == "updating" else str(getattr(operator, "role", "learner"))
        if role in made - {"learner"} and "train" not in needs:
            continue
        learner = learners.get(role) or learners.get(cycle.begin_from) or learners["learner"]
        if lacking := sorted(needs - _can(models, learner, needs)):
            way = WAYS.get(lacking[0], "take another model for it")
            return (
                f"{name}.{place}: {type(operator).__name__} needs a model that can {' and '.join(lacking)}, "
                f"which {learner.model.name} cannot; {way}"
            )
    return ""


def _needs(cycle: Cycle, until: str) -> Iterator[tuple[str, Any, frozenset[Capability]]]:
    """Each operator that will run and needs something, with its slot."""
    last = PHASES.index(until) if until else len(PHASES)
    for place in PHASES[: last + 1]:
        operators: tuple[Any, ...] = many(getattr(cycle, place))
        for operator in operators:
            if needs := frozenset(getattr(operator, "needs", ())):
                yield place, operator, needs


def _can(models: Models, learner: Learner, needs: frozenset[Capability]) -> frozenset[Capability]:
    """What a learner's model can do. Behind an endpoint nobody trains or rates, which is known without asking."""
    if needs <= {"train", "rate"} and learner.model.provider in ("openai", "ensemble"):
        return frozenset()
    return frozenset(models.open(learner).capabilities)
