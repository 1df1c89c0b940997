"""Cook with somebody whose mind has to be guessed: the environment `kitchen`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from lamarck.core import (
    Episode,
    Message,
    Objective,
    Split,
    Task,
    digest,
    unknown,
)
from lamarck.environments.acted import Acted
from lamarck.environments.aiming import aimed, drawn
from lamarck.environments.kitchen.episode import SKILLS, ShiftEpisode
from lamarck.environments.kitchen.shift import PARTNERS, Shift, draw, read

NODES = {partner: {"partner": partner} for partner in PARTNERS}
"""The ability tree below kitchen: who the other cook is."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the shifts look like; an objective's parameters are these fields."""

    partner: str | None = None
    """"fetcher", "server", "lazy" or "switcher"; None = all in equal shares."""

    def __post_init__(self) -> None:
        if self.partner is not None and self.partner not in PARTNERS:
            raise unknown("partner of kitchen", str(self.partner), PARTNERS)


class Kitchen(Acted):
    """Shifts of two cooks. Onions go into a pot, a full pot is a soup, a soup needs a dish to be served.

    The score is the share of the soups that are served. The other cook brings onions, serves, does nothing, or changes
    from one to the other; the words never say which, what it does shows each turn. The objective's node ("lazy") or
    parameters (the fields of `Aim`) say who it is. Practice, selection and sealed tasks never share a shift, whatever
    the seeds; there are some hundreds of each cook.
    """

    name: str = "kitchen"
    ability: str = "cooking together"
    hidden: ClassVar[str] = "shift"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n shifts (at most 100 where n is None), partners in turn.

        Raises: UsageError for a node or parameter there is not, or where there are not that many.
        """
        aim, rng = aimed(self.name, Aim, objective, NODES), Random(f"kitchen {split} {seed}")
        partners = [aim.partner] if aim.partner else PARTNERS
        return drawn(f"{self.name} with {aim}", lambda at: _task(draw(partners, at, rng), split), self.key, split, n)

    def begin(self, task: Task, /) -> Episode:
        """A new shift."""
        return ShiftEpisode(shift=read(task.private["shift"]))


def _task(shift: Shift, split: Split) -> Task:
    first, number = ShiftEpisode(shift=shift).seen, digest(shift.text) % 10**12
    words = (
        f"You and another cook have {shift.limit} turns to serve {shift.soups} soups. A pot with {shift.need} onions "
        "is a soup; whoever holds a dish can serve it, and the pot is empty then. Each turn you both do one thing, and "
        "you see what the other did. You cannot talk.\n"
        f"The skills are: {', '.join(SKILLS)}. Bring an onion to the pot, take a dish, serve the soup, or wait. Give "
        "one skill a turn, in a last line such as: Action: onion\n"
        # the words do not say who the other cook is: shifts with different ones would be copies of each other
        f"This is shift {number:012d}. {first}"
    )
    return Task(
        id=f"kitchen/{shift.partner}-{shift.need}-{shift.soups}-{shift.limit}-{shift.switch}",
        kind="kitchen",
        messages=(Message(role="user", text=words),),
        fields={"need": str(shift.need), "soups": str(shift.soups), "limit": str(shift.limit)},
        private={"shift": shift.text},
        split=split,
        source="kitchen",
        parameters={"partner": shift.partner, "node": shift.partner},
    )
