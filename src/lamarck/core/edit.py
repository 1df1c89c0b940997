"""Change one place of a method by its path; what ``--set`` and the ablations of recipes do.

A path is ``[stage.]slot[.Class or .index][.field]``: "rounds", "updating.lr", "solutions.Sample.n",
"refinement.Filter", "1.updating.beta", "objective.parameters".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lamarck.core.cycle import Cycle, Method
from lamarck.core.errors import UsageError
from lamarck.core.reach import Make, within

Change = Callable[[Method], Method]
"""Makes a changed method of a method."""


def change(method: Method, path: str, make: Make) -> Method:
    """The method with the value at ``path`` made anew.

    Raises: UsageError naming the nearest fields where the path leads nowhere.
    """
    parts = path.split(".")
    if isinstance(method, Cycle) or parts == ["repeat"]:
        return within(method, parts, make, path)
    chosen = [i for i, cycle in enumerate(method.cycles) if parts[0] in (str(i), cycle.name)]
    if chosen:
        parts = parts[1:]
    cycles, faults = list(method.cycles), list[UsageError]()
    for i in chosen or range(len(cycles)):
        try:
            cycles[i] = within(cycles[i], parts, make, path)
        except UsageError as fault:
            faults.append(fault)
    if len(faults) == len(chosen or cycles):
        raise faults[0]
    return replace(method, cycles=tuple(cycles))


def put(path: str, value: Any) -> Change:
    """The change that sets the value at ``path``."""
    return lambda method: change(method, path, lambda _owner, _old: value)


def without(path: str) -> Change:
    """The change that takes the operator at ``path`` ("refinement.Filter") out of its slot."""
    return lambda method: change(method, path, lambda _owner, _old: ())


def append(slot: str, operator: Any) -> Change:
    """The change that adds an operator at the end of a slot."""

    def grow(_owner: Any, old: Any) -> Any:
        return (*(old if isinstance(old, tuple) else (old,)), operator)

    return lambda method: change(method, slot, grow)


def together(*changes: Change) -> Change:
    """Several changes as one."""

    def apply(method: Method) -> Method:
        for one in changes:
            method = one(method)
        return method

    return apply
