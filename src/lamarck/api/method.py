"""What a run was asked for, as the parts that the loop needs: the method, the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lamarck.core import (
    Cycle,
    Gate,
    Labels,
    Method,
    Recipe,
    RecipeError,
    Stages,
    UsageError,
    check,
    is_protocol,
    many,
    put,
    stages,
    unknown,
)
from lamarck.data.typed import kind_at, of_value
from lamarck.operators import feedback, solutions, tasks
from lamarck.store import RunInfo
from lamarck.trust import Guard, Never, Open, Strict

GATES = ("guard", "strict", "off")
TRIED = 8
"""Solutions that tell whether a task is at the frontier."""
MADE = {
    "learner": "it is who evolves or is scored; type: --learner provider/model",
    "base": "it is what each stage begins with; for a reference of your own type: --role origin=provider/model",
}
"""Roles that a run fills itself, and what to type."""


def method_of(found: Recipe, info: RunInfo) -> Method:
    """The method with the options, ablations, ``--set`` changes and objective of a run.

    Raises: RecipeError for one that cannot work, or whose judge nobody plays though the run comes to its evaluation.
    """
    kinds = found.options
    options = {n: of_value(v, kinds[n][0], f"--{n}") if n in kinds else v for n, v in info.options.items()}
    method = found(ablate=info.ablate, **options)
    for path, value in info.sets.items():
        method = put(path, of_value(value, kind_at(method, path), path))(method)
    if info.sets:
        check(found.name, method, found.labels)
    if info.objective:
        method = _each(method, lambda cycle: _aimed(cycle, info.objective))
    if info.frontier:
        method = _edging(found.name, method, info.frontier, labels=found.labels)
    compares = info.gate != "off" and info.until in ("", "evaluation")
    if compares and (faults := unplayed(found.name, method, info.roles)):
        raise RecipeError(faults)
    return method


def _edging(name: str, method: Method, band: str, *, labels: Labels) -> Method:
    """The method whose stages that solve tasks only take those that today's learner solves sometimes.

    Raises: UsageError for a band that is none, and where no stage solves tasks.
    """
    low, _, high = band.partition("-")
    try:
        ends = float(low), float(high)
    except ValueError:
        raise UsageError(f"--frontier {band}: give the least and the greatest share, such as 0.1-0.9") from None
    check = feedback.Vote() if labels == "none" else feedback.Verifier()
    edge = tasks.Frontier(low=ends[0], high=ends[1], solve=solutions.Sample(n=TRIED), check=check)
    if not any(_solves(cycle) for cycle in stages(method)):
        raise UsageError(f"--frontier: no stage of {name} solves tasks; leave it out")
    return _each(method, lambda cycle: replace(cycle, tasks=(*many(cycle.tasks), edge)) if _solves(cycle) else cycle)


def _solves(cycle: Cycle) -> bool:
    return bool(many(cycle.tasks) and many(cycle.solutions))


def gate_of(info: RunInfo, method: Method) -> Gate:
    """The gate a run asks for. Raises: UsageError for one there is not, or an alpha that is no chance."""
    if not 0 < info.alpha < 1:
        raise UsageError(f"--alpha is {info.alpha}; give a chance between 0 and 1, such as 0.05")
    if info.gate_every < 0:
        raise UsageError(f"--gate-every is {info.gate_every}; give 1 for every round, k for every k-th, 0 for the last")
    rounds = sum(_verdicts(cycle, info.gate_every) for cycle in stages(method))
    match info.gate:
        case "guard":
            return Never(gate=Guard(alpha=info.alpha, rounds=rounds))
        case "strict":
            return Never(gate=Strict(alpha=info.alpha, rounds=rounds))
        case "off":
            return Open()
        case _:
            raise unknown("gate", info.gate, GATES, "type: --gate guard, --gate strict or --gate off")


def unplayed(name: str, method: Method, roles: Mapping[str, str]) -> list[str]:
    """A line for every gated stage whose evaluation asks a role that nobody plays: the learner would judge itself."""
    faults, made = list[str](), {"learner", "origin", "base"}
    for cycle in stages(method):
        asked = str(getattr(cycle.evaluation, "role", "environment")).split(",")
        for role in asked if cycle.gated else ():
            if role not in {"environment", *made, *roles}:
                place = f"{name}.{cycle.name}" if cycle.name else name
                faults.append(
                    f"{place}.evaluation: nobody plays the {role}; give --role {role}=provider/model, "
                    "let the environment judge: --set evaluation.role=environment, or --gate off"
                )
        if is_protocol(cycle):
            faults += itself(name, cycle.evaluation, roles)
        made.add(cycle.updates)
    return list(dict.fromkeys(faults))


def playable(roles: Mapping[str, str]) -> Mapping[str, str]:
    """The roles as they are. Raises: UsageError for one that nobody can be given."""
    for role in MADE.keys() & roles.keys():
        raise UsageError(f"--role {role}={roles[role]}: {MADE[role]}")
    return roles


def itself(name: str, evaluation: object, roles: Mapping[str, str]) -> list[str]:
    """A line where an evaluation of one learner would compare it with itself."""
    same = {"base", "learner"} | ({"origin"} - {*roles})  # only the origin can be somebody else
    if getattr(evaluation, "against", "") not in same:
        return []
    return [f"{name}.evaluation: compares the learner with itself; say with whom: --role origin=provider/model"]


def _verdicts(cycle: Cycle, every: int) -> int:
    """How many verdicts a stage can bring."""
    if not cycle.gated or cycle.evaluation is None:
        return 0
    return -(-cycle.rounds // every) if every else 1


def _aimed(cycle: Cycle, parameters: Mapping[str, str | int | float | bool | None]) -> Cycle:
    """The cycle with these parameters of its objective; "node" is the path in the tree of abilities."""
    own = {name: value for name, value in parameters.items() if name != "node"}
    goal = replace(cycle.objective, parameters={**cycle.objective.parameters, **own})
    return replace(cycle, objective=replace(goal, node=str(parameters.get("node", goal.node))))


def _each(method: Method, change: Callable[[Cycle], Cycle]) -> Method:
    if isinstance(method, Stages):
        return replace(method, cycles=tuple(map(change, method.cycles)))
    return change(method)
