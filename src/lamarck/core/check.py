"""The recipe checker: a recipe that cannot work is refused before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from lamarck.core.context import Labels
from lamarck.core.cycle import Cycle, Method, stages
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
    "rejected": "refinement.BestWorst() or another operator that pairs solutions",
    "reference": "labels='train' in @recipe, which lets operators read references",
}


def check(name: str, method: Method, labels: Labels = "check") -> None:
    """Refuse a method that cannot work.

    Raises: RecipeError with every fault found, each with its place and its cure.
    """
    faults = [fault for number, cycle in enumerate(stages(method)) for fault in _faults(cycle, labels, number)]
    unique = list(dict.fromkeys(f"{name}.{fault}" for fault in faults))
    if not stages(method):
        unique = [f"{name}: has no stages; return a Cycle or Stages(cycles=(...))"]
    if unique:
        raise RecipeError(unique)


def _faults(cycle: Cycle, labels: Labels, number: int) -> Iterator[str]:
    if not many(cycle.updating) and cycle.evaluation is None:
        yield "updating: is empty and so is evaluation, so a run could change and show nothing; fill one of them"
    if cycle.rounds < 1:
        yield f"rounds: is {cycle.rounds}; give at least 1"
    if cycle.objective.direction not in get_args(Direction):
        yield f"objective: direction '{cycle.objective.direction}' is none of {', '.join(get_args(Direction))}"
    written = {"reference"} if labels == "train" else set[str]()
    for slot in CHAIN:
        for operator in many(getattr(cycle, slot)):
            if not isinstance(operator, Operator):
                cure = "give it scope, reads, writes and __call__(batch, ctx)"
                yield f"{slot}: {_called(operator)} is no operator; {cure}"
                continue
            yield from _reading(slot, operator, written)
            if operator.scope not in get_args(Scope):
                known = ", ".join(get_args(Scope))
                yield f"{slot}: {_called(operator)} has scope '{operator.scope}'; give one of {known}"
            written |= set(operator.writes)
    updates: tuple[Any, ...] = many(cycle.updating)
    for update in updates:
        if not isinstance(update, Update) or isinstance(update, Operator):
            cure = "it needs reads and __call__(learner, batch, ctx) -> Learner"
            yield f"updating: {_called(update)} is no update; {cure}"
            continue
        yield from _reading("updating", update, written)
    evaluation: Any = cycle.evaluation
    if evaluation is not None and (not isinstance(evaluation, Evaluator) or isinstance(evaluation, Operator)):
        yield f"evaluation: {_called(evaluation)} is not callable with (learner, ctx)"
    if cycle.gated and getattr(evaluation, "role", None) == "learner":
        yield (
            "evaluation: the learner would judge itself; give the evaluation role='base' with an anchor set, "
            "another judge (--judge provider/model), or a verifier, or run with --gate off"
        )
    if number == 0 and cycle.begin_from not in ("", "learner", "base"):
        yield f"begin_from: no earlier stage makes a '{cycle.begin_from}'; leave it empty or put that stage first"


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
