"""What houses an objective asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lamarck.environments.aiming import whole
from lamarck.environments.texthouse.house import BOXES, PLACES

FEWEST, MOST = 4, 8
NODES = {f"{steps} steps": {"steps": steps} for steps in range(FEWEST, MOST + 1)}
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
        whole("texthouse", "steps", FEWEST if self.steps is None else self.steps, FEWEST, MOST)
        whole("texthouse", "rooms", self.rooms, 2, len(PLACES))
        whole("texthouse", "boxes", self.boxes, 3, len(BOXES))
        whole("texthouse", "spare", self.spare, 0, 100)

    @property
    def all(self) -> Sequence[int]:
        """The numbers of steps that are asked for."""
        return list(range(FEWEST, MOST + 1)) if self.steps is None else [self.steps]
