"""What worlds made from a seed share: an objective read as their own parameters, tasks drawn until there are enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any, TypeVar

from lamarck.core import Objective, Split, UsageError, unknown

T = TypeVar("T")
Made = TypeVar("Made")
UNSIZED = 100
"""Tasks made where no number is asked for."""
PATIENCE = 20_000
"""Draws in a row that give nothing new before an aim counts as exhausted."""


def aimed(world: str, kind: type[T], objective: Objective, nodes: Mapping[str, Mapping[str, Any]]) -> T:
    """The parameters of an objective as a world's own class; what a node means goes before the parameters.

    Raises: UsageError for what means nothing there; the class itself says which values cannot be.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # a dataclass
    for name in objective.parameters:
        if name not in known:
            raise unknown(f"{world} parameter", name, known)
    asked = {name: value for name, value in objective.parameters.items() if value is not None}
    if objective.node and objective.node not in nodes:
        raise unknown(f"node of {world}", objective.node, nodes)
    return kind(**(asked | dict(nodes.get(objective.node, {}))))


def whole(world: str, name: str, value: object, low: int, high: int) -> None:
    """Raises: UsageError where a parameter is no whole number from ``low`` to ``high``."""
    if type(value) is not int or not low <= value <= high:
        raise UsageError(f"{world} parameter {name}={value!r}: it must be a whole number from {low} to {high}")


def split_of(key: str) -> Split:
    """The split that what is made from a seed belongs to, by the digest of its key: 60, 20 and 20 per cent."""
    share = int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32
    return "practice" if share < 0.6 else "selection" if share < 0.8 else "sealed"


def drawn(
    world: str, draw: Callable[[int], Made | None], key: Callable[[Made], str], split: Split, n: int | None,
    *, at_most: bool = False,
) -> list[Made]:  # fmt: skip
    """n different ones of a split by what ``draw`` makes for the number of those so far.

    With ``at_most``, and where n is None, which wants 100, fewer where there are no more. Raises: UsageError where
    there are not that many.
    """
    found, idle, wanted = dict[str, Made](), 0, UNSIZED if n is None else n
    while len(found) < wanted:
        made = draw(len(found))
        name = key(made) if made else ""
        if made and name not in found and split_of(name) == split:
            found[name], idle = made, 0
        elif (idle := idle + 1) == PATIENCE and (at_most or n is None):
            break
        elif idle == PATIENCE:
            raise UsageError(
                f"only {len(found)} of {n} {split} tasks were found for {world}; "
                "ask for fewer (--tasks-limit) or widen the objective's parameters"
            )
    return list(found.values())
