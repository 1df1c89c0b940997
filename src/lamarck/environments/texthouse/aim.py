"""What houses an objective asks for: its node and parameters, checked and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from lamarck.core import Objective, UsageError, unknown
from lamarck.environments.texthouse.house import BOXES, PLACES

FEWEST, MOST = 4, 8
NODES = {f"{steps} steps": steps for steps in range(FEWEST, MOST + 1)}
"""The ability tree below texthouse: how many actions the shortest way takes."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the houses look like; an objective's parameters are these fields."""

    steps: int | None = None
    """Actions of the shortest way, 4 to 8; None = each number in equal shares."""
    rooms: int = 4
    boxes: int = 5
    spare: int = 4
    """Actions that may be used beyond the shortest way."""

    def __post_init__(self) -> None:
        for name, low, value, high in (
            ("steps", FEWEST, FEWEST if self.steps is None else self.steps, MOST),
            ("rooms", 2, self.rooms, len(PLACES)),
            ("boxes", 3, self.boxes, len(BOXES)),
            ("spare", 0, self.spare, 100),
        ):
            if type(value) is not int or not low <= value <= high:
                raise UsageError(
                    f"texthouse parameter {name}={value!r}: it must be a whole number from {low} to {high}"
                )

    @property
    def all(self) -> Sequence[int]:
        """The numbers of steps that are asked for."""
        return list(NODES.values()) if self.steps is None else [self.steps]


def aimed(objective: Objective) -> Aim:
    """The aim of an objective; a node goes before the parameters. Raises: UsageError for what means nothing here."""
    known = [field.name for field in fields(Aim)]
    for name in objective.parameters:
        if name not in known:
            raise unknown("texthouse parameter", name, known)
    asked = {name: value for name, value in objective.parameters.items() if value is not None}
    if objective.node:
        if objective.node not in NODES:
            raise unknown("node of texthouse", objective.node, NODES)
        asked["steps"] = NODES[objective.node]
    return Aim(**asked)  # type: ignore[arg-type]  # checked by Aim, with a message for people
