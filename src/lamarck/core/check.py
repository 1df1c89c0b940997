"""The recipe checker: a recipe that cannot work is refused before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from lamarck.core.context import Labels
from lamarck.core.cycle import Cycle, Method, Stages
from lamarck.core.errors import RecipeError
from lamarck.core.protocols import Evaluator, Operator, Scope, Update
from lamarck.core.round import many
from lamarck.core.types import Direction

CHAIN = ("tasks", "solutions", "feedback", "refinement")
"""The slots whose operators take and give batches, in the order they run."""

CURES = {
    "task": "a tasks operator such as tasks.Dataset()",
    "solution": "a solutions operator such as solutions.Sample()",
    "feedback": "a feedback operator such as feedback.Verifier()",
    "writes": "refinement.Conclude(...) or another operator that says what to remember",
    "rejected": "refinement.BestWorst() or another operator that pairs solutions",
    "reference": "labels='train' in @recipe, which lets operators read references",
}


def check(name: str, method: Method, labels: Labels = "check") -> None:
    """Refuse a method that cannot work.

    Raises: RecipeError with every fault found, each with its place and its cure.
    """
    cycles = method.cycles if isinstance(method, Stages) else (method,)
    if not cycles:
        raise RecipeError([f"{name}: has no stages; return a Cycle or Stages(cycles=(...))"])
    faults, made = list[str](), {"learner", "origin"}
    for number, cycle in enumerate(cycles):
        place = f"{name}.{cycle.name or number}" if isinstance(method, Stages) else name
        faults += [f"{place}.{fault}" for fault in _faults(cycle, labels, made)]
        made.add(cycle.updates)
    if faults:
        raise RecipeError(dict.fromkeys(faults))


def is_protocol(cycle: Cycle) -> bool:
    """Whether a cycle only measures: it has an evaluation and nothing that would change a learner."""
    return cycle.evaluation is not None and not any(many(getattr(cycle, slot)) for slot in (*CHAIN, "updating"))


def _faults(cycle: Cycle, labels: Labels, made: set[str]) -> Iterator[str]:
    if not many(cycle.updating) and cycle.evaluation is None:
        yield "updating: is empty and so is evaluation, so a run could change and show nothing; fill one of them"
    if cycle.rounds < (0 if is_protocol(cycle) else 1):
        yield f"rounds: is {cycle.rounds}; give at least 1"
    if cycle.objective.direction not in get_args(Direction):
        yield f"objective: direction '{cycle.objective.direction}' is none of {', '.join(get_args(Direction))}"
    if cycle.begin_from and cycle.begin_from not in made:
        yield f"begin_from: no earlier stage makes a '{cycle.begin_from}'; made so far: {', '.join(sorted(made))}"
    written = {"reference"} if labels == "train" else set[str]()
    for slot in CHAIN:
        for operator in many(getattr(cycle, slot)):
            if isinstance(operator, type) or not isinstance(operator, Operator):
                cure = "give it scope, reads, writes and __call__(batch, ctx)"
                yield f"{slot}: {_called(operator)} is no operator; {cure}"
                continue
            yield from _operator(slot, operator, written)
            written |= set(operator.writes)
    updates: tuple[Any, ...] = many(cycle.updating)
    for update in updates:
        if isinstance(update, type) or not isinstance(update, Update) or isinstance(update, Operator):
            cure = "it needs reads and __call__(learner, batch, ctx) -> Learner"
            yield f"updating: {_called(update)} is no update; {cure}"
            continue
        yield from _reading("updating", update, written)
    evaluation: Any = cycle.evaluation
    if evaluation is not None and (isinstance(evaluation, type | Update) or not isinstance(evaluation, Evaluator)):
        yield f"evaluation: {_called(evaluation)} is not callable with (learner, ctx)"
    if cycle.gated and "learner" in str(getattr(evaluation, "role", "")).split(","):
        yield (
            "evaluation: the learner would judge itself; give the evaluation role='base' with an anchor set, "
            "another judge (--judge provider/model), or a verifier, or run with --gate off"
        )


def _operator(slot: str, operator: Operator, written: set[str]) -> Iterator[str]:
    """What is wrong with an operator or with one that it holds (what it writes, they may read)."""
    if operator.scope not in get_args(Scope):
        yield f"{slot}: {_called(operator)} has scope '{operator.scope}'; give one of {', '.join(get_args(Scope))}"
    yield from _reading(slot, operator, written)
    inner = written | set(operator.writes)
    for field in fields(operator) if is_dataclass(operator) else ():
        for part in many(getattr(operator, field.name)):
            if isinstance(part, Operator) and not isinstance(part, type):
                yield from _operator(slot, part, inner)
                inner |= set(part.writes)


def _reading(slot: str, operator: Operator | Update, written: set[str]) -> Iterator[str]:
    for missing in sorted(set(operator.reads) - written):
        cure = CURES.get(missing, f"an operator that writes '{missing}'")
        yield f"{slot}: {_called(operator)} reads '{missing}', which no earlier operator writes; add {cure}"


def _called(operator: Any) -> str:
    return (
        type(operator).__name__
        if not isinstance(operator, type)
        else f"the class {operator.__name__} (call it: {operator.__name__}())"
    )
