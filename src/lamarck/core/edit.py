"""Change one place of a method by its path; what ``--set`` and the ablations of recipes do.

A path is ``[stage.]slot[.Class or .index][.field]``: "rounds", "updating.lr", "solutions.Sample.n",
"refinement.Filter", "1.updating.beta", "objective.parameters".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from lamarck.core.cycle import Cycle, Method
from lamarck.core.errors import UsageError, unknown

Change = Callable[[Method], Method]
"""Makes a changed method of a method."""
Make = Callable[[Any, Any], Any]
"""(owner, old value) -> new value; the owner is the dataclass that holds the field."""


def change(method: Method, path: str, make: Make) -> Method:
    """The method with the value at ``path`` made anew.

    Raises: UsageError naming the nearest fields where the path leads nowhere.
    """
    parts = path.split(".")
    if isinstance(method, Cycle) or parts == ["repeat"]:
        return _descend(method, parts, make, path)
    chosen = [i for i, cycle in enumerate(method.cycles) if parts[0] in (str(i), cycle.name)]
    if chosen:
        parts = parts[1:]
    cycles, faults = list(method.cycles), list[UsageError]()
    for i in chosen or range(len(cycles)):
        try:
            cycles[i] = _descend(cycles[i], parts, make, path)
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


def _descend(owner: Any, parts: list[str], make: Make, path: str) -> Any:
    """``owner`` with the place ``parts`` points to made anew; tuples are searched by class or index."""
    if isinstance(owner, tuple):
        return _within(cast("tuple[Any, ...]", owner), parts, make, path)
    if isinstance(owner, dict):
        values = cast("dict[str, Any]", owner)
        return {**values, parts[0]: make(values, values.get(parts[0]))}
    if not is_dataclass(owner) or isinstance(owner, type):
        raise UsageError(f"'{path}': there is nothing below a {type(owner).__name__}")
    if parts[0] == type(owner).__name__:
        return _descend(owner, parts[1:], make, path) if parts[1:] else make(owner, owner)
    names = [field.name for field in fields(owner)]
    if parts[0] not in names:
        raise unknown(f"field '{path}', at", parts[0], names, f"{type(owner).__name__} has no such field")
    old = getattr(owner, parts[0])
    return replace(owner, **{parts[0]: _descend(old, parts[1:], make, path) if parts[1:] else make(owner, old)})


def _within(chain: tuple[Any, ...], parts: list[str], make: Make, path: str) -> tuple[Any, ...]:
    named = [i for i, part in enumerate(chain) if parts[0] in (str(i), type(part).__name__)]
    owning = [i for i, part in enumerate(chain) if hasattr(part, parts[0])]
    rest = parts[1:] if named else parts
    hits = named or owning
    if not hits:
        raise unknown(f"operator in '{path}':", parts[0], [type(part).__name__ for part in chain])
    made = list[Any](chain)
    for i in hits:
        made[i] = _descend(chain[i], rest, make, path) if rest else make(chain, chain[i])
    return tuple(part for part in made if part != ())
