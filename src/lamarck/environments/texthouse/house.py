"""Houses made from a random source: rooms, boxes, keys, and the shortest way to the goal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from types import MappingProxyType
from typing import Any

PLACES: Mapping[str, str] = MappingProxyType(
    {"kitchen": "table", "hall": "bench", "study": "desk", "bedroom": "shelf", "cellar": "rack", "attic": "stand"}
)
"""Rooms, and what things are put on in each."""
BOXES = ("basket", "cabinet", "chest", "crate", "cupboard", "drawer", "trunk", "wardrobe")
COLOURS = ("black", "blue", "green", "red", "white")
THINGS = ("bell", "book", "coin", "cup", "flute", "lamp", "map", "ring")
MOST_LOCKS = 2


@dataclass(frozen=True, kw_only=True)
class Box:
    """Something that is opened; where it has a lock, with the key of this colour."""

    name: str
    room: str
    lock: str = ""
    holds: str = ""
    """The one thing in it."""


@dataclass(frozen=True, kw_only=True)
class House:
    """A house and what is to be done in it: the thing goes to the place."""

    rooms: tuple[str, ...]
    start: str
    boxes: tuple[Box, ...]
    thing: str
    place: str

    @property
    def goal(self) -> str:
        """What is to be done, in words."""
        return f"put the {self.thing} on the {self.place}"

    @property
    def chain(self) -> Sequence[Box]:
        """The boxes that have to be opened, in their only order: each holds the next one's key, the last the thing."""
        found, wanted = list[Box](), self.thing
        while wanted:
            box = next(box for box in self.boxes if box.holds == wanted)
            found.insert(0, box)
            wanted = f"{box.lock} key" if box.lock else ""
        return found

    @property
    def plan(self) -> Sequence[str]:
        """The shortest way to the goal; its order is forced, so no other is shorter."""
        done, here = list[str](), self.start
        for box in self.chain:
            done += [*([f"go {box.room}"] if box.room != here else []), f"open {box.name}", f"take {box.holds}"]
            here = box.room
        there = next(room for room in self.rooms if PLACES[room] == self.place)
        return [*done, *([f"go {there}"] if there != here else []), f"put {self.thing} on {self.place}"]

    @property
    def text(self) -> str:
        """All of it on one line; equal for equal houses."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def read(text: str) -> House:
    """The house of its line."""
    data: dict[str, Any] = json.loads(text)
    boxes = tuple(Box(**box) for box in data.pop("boxes"))
    return House(rooms=tuple(data.pop("rooms")), boxes=boxes, **data)


def draw(steps: int, rooms: int, boxes: int, rng: Random) -> House | None:
    """A random house of so many rooms and boxes; None where its goal takes another number of steps."""
    chosen = sorted(rng.sample(list(PLACES), rooms))
    locks = rng.randint(0, min(MOST_LOCKS, boxes - 1))
    names, colours, thing = rng.sample(BOXES, boxes), rng.sample(COLOURS, locks), rng.choice(THINGS)
    held = [thing, *(f"{colour} key" for colour in colours)]
    made = [
        Box(
            name=name,
            room=rng.choice(chosen),
            lock=colours[at] if at < locks else "",
            holds=held[at] if at <= locks else "",
        )
        for at, name in enumerate(names)
    ]
    house = House(
        rooms=tuple(chosen),
        start=rng.choice(chosen),
        boxes=tuple(sorted(made, key=lambda box: box.name)),
        thing=thing,
        place=PLACES[rng.choice(chosen)],
    )
    return house if len(house.plan) == steps else None
