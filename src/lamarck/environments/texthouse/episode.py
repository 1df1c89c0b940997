"""One try at a house: the rules of what can be done."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lamarck.environments.texthouse.house import PLACES, Box, House

COMMANDS = "go ROOM, open BOX, take THING, put THING on PLACE"
FORMS = {
    "go": re.compile(r"(?:go|walk|move)(?: to)? (\w+)"),
    "open": re.compile(r"(?:open|unlock) (\w+)(?: with .*)?"),
    "take": re.compile(r"(?:take|get|pick up) (\w+(?: key)?)(?: from \w+)?"),
    "put": re.compile(r"(?:put|place|lay) (\w+(?: key)?) (?:on|onto) (\w+)"),
}


@dataclass(kw_only=True)
class HouseEpisode:
    """Where one is, what is open, what is carried. Every action costs one of ``limit``, those that fail too.

    The score is the share of the milestones: every box on the only way opened, what it holds taken, the goal.
    """

    house: House
    limit: int
    room: str = ""
    seen: str = ""
    used: int = 0
    open: set[str] = field(default_factory=set[str])
    carried: set[str] = field(default_factory=set[str])
    taken: set[str] = field(default_factory=set[str])
    reached: bool = False

    def __post_init__(self) -> None:
        self.room = self.room or self.house.start
        self.seen = self.seen or self._look()

    @property
    def over(self) -> bool:
        """The goal is reached, or all actions are used."""
        return self.reached or self.used >= self.limit

    @property
    def score(self) -> float:
        """Milestones reached, as a share of all."""
        chain = self.house.chain
        met = sum(box.name in self.open for box in chain) + sum(box.holds in self.taken for box in chain)
        return (met + self.reached) / (2 * len(chain) + 1)

    def refused(self, action: str, /) -> str:
        """Why this cannot be done now, "" where it can."""
        verb, words = parsed(action)
        if verb == "go":
            return "" if words[0] in self.house.rooms else f"there is no room '{words[0]}'"
        if verb == "open":
            return self._closed(words[0])
        if verb == "take":
            return "" if words[0] in self._lying() else f"there is no {words[0]} to take here"
        if verb == "put" and words[0] not in self.carried:
            return f"you do not carry the {words[0]}"
        if verb == "put":
            return "" if words[1] == PLACES[self.room] else f"there is no {words[1]} here"
        return f"'{action[:60]}' is no command; the commands are: {COMMANDS}"

    def act(self, action: str, /) -> None:
        """Do this, or say why not."""
        if self.over:
            return
        self.used += 1
        if why := self.refused(action):
            self.seen = f"Nothing happens: {why}."
            return
        verb, words = parsed(action)
        self.seen = getattr(self, f"_{verb}")(*words)

    def _go(self, room: str) -> str:
        self.room = room
        return self._look()

    def _open(self, name: str) -> str:
        box = self._box(name)
        assert box is not None
        self.open.add(name)
        inside = f"In it: {box.holds}" if box.holds and box.holds not in self.taken else "It is empty"
        return f"You open the {name}{f' with the {box.lock} key' if box.lock else ''}. {inside}."

    def _take(self, thing: str) -> str:
        self.carried.add(thing)
        self.taken.add(thing)
        return f"You take the {thing}."

    def _put(self, thing: str, place: str) -> str:
        self.carried.discard(thing)
        self.reached = (thing, place) == (self.house.thing, self.house.place)
        return f"You put the {thing} on the {place}." + (" The goal is reached." if self.reached else "")

    def _closed(self, name: str) -> str:
        box = self._box(name)
        if box is None:
            return f"there is no {name} here"
        locked = box.lock and box.name not in self.open and f"{box.lock} key" not in self.carried
        return f"the {name} is locked and needs the {box.lock} key" if locked else ""

    def _box(self, name: str) -> Box | None:
        return next((box for box in self.house.boxes if (box.name, box.room) == (name, self.room)), None)

    def _lying(self) -> set[str]:
        """What can be taken here."""
        found = {box.holds for box in self.house.boxes if box.room == self.room and box.name in self.open}
        return found - self.taken - {""}

    def _look(self) -> str:
        boxes = [
            f"{box.name} ({'open' if box.name in self.open else f'{box.lock} lock' if box.lock else 'closed'})"
            for box in self.house.boxes
            if box.room == self.room
        ]
        return f"You are in the {self.room}. You see: {', '.join([*boxes, PLACES[self.room]])}."


def parsed(action: str) -> tuple[str, tuple[str, ...]]:
    """The verb of an action and its words; "" where it is no command."""
    said = " ".join(word for word in re.findall(r"[a-z]+", action.lower()) if word not in ("the", "a", "an"))
    found = {verb: match for verb, form in FORMS.items() if (match := form.fullmatch(said))}
    return next(((verb, match.groups()) for verb, match in found.items()), ("", ()))
