"""Who plays the text house in tests: looks where nobody has looked yet, and heeds what it is told lies where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from lamarck.core import Prompt
from lamarck.environments.texthouse.house import PLACES

FACT = re.compile(r"the (\w+(?: key)?) is in the (\w+) in the (\w+)", re.IGNORECASE)
EMPTY = re.compile(r"the (\w+) in the (\w+) is empty", re.IGNORECASE)
ROOM = re.compile(r"You are in the (\w+)\. You see: (.*)\.")
OPENED = re.compile(r"You open the (\w+)(?: with the \w+ key)?\. (?:In it: (.*)|It is empty)\.")
TAKEN = re.compile(r"You take the (.*)\.")
LOCKED = re.compile(r"(\w+) \((\w+) lock\)")


@dataclass
class Known:
    """What a transcript and reminders tell of a house."""

    rooms: list[str]
    here: str = ""
    boxes: dict[str, str] = field(default_factory=dict[str, str])
    """Box -> its room."""
    locks: dict[str, str] = field(default_factory=dict[str, str])
    opened: set[str] = field(default_factory=set[str])
    done: set[str] = field(default_factory=set[str])
    """Boxes that need no look any more."""
    lies: dict[str, str] = field(default_factory=dict[str, str])
    """Thing -> its box."""
    carried: set[str] = field(default_factory=set[str])
    met: set[str] = field(default_factory=set[str])
    """Rooms that were entered."""


def known(task: str, told: str, reminded: str = "") -> Known:
    rooms = re.search(r"The rooms are: (.*?);", task)
    it = Known(rooms=rooms[1].split(", ") if rooms else [])
    for thing, box, room in FACT.findall(reminded):
        it.lies[thing.lower()], it.boxes[box] = box, room
    for box, _ in EMPTY.findall(reminded):
        it.done.add(box)
    for line in f"{task}\n{told}".splitlines():
        if found := ROOM.search(line):
            it.here = found[1]
            it.met.add(it.here)
            it.boxes |= dict.fromkeys(re.findall(r"(\w+) \(", found[2]), it.here)
            it.locks |= dict(LOCKED.findall(found[2]))
        elif found := OPENED.search(line):
            it.opened.add(found[1])
            it.done.add(found[1])
            if found[2]:
                it.lies[found[2]] = found[1]
        elif found := TAKEN.search(line):
            it.carried.add(found[1])
    return it


def play(prompt: Prompt, seed: int) -> str:
    """The next turn; asked for a critique, what was seen where."""
    if "solution" in prompt.fields:
        return reflect(prompt)
    story = prompt.fields.get("story") or "\n".join(m.text for m in prompt.messages[1:])
    task = prompt.fields.get("task") or prompt.messages[0].text
    it = known(task, story, prompt.fields.get("reminded", ""))
    thing, place = re.findall(r"put the (\w+) on the (\w+)", prompt.fields["goal"])[0]
    there = next(room for room, name in PLACES.items() if name == place)
    if thing in it.carried:
        deed = f"put {thing} on {place}" if it.here == there else f"go {there}"
    else:
        deed = fetch(it, thing) or explore(it, Random(seed))
    return f"I look for the {thing}.\nAction: {deed}"


def fetch(it: Known, thing: str) -> str:
    """The next deed on the way to a thing, "" where nobody knows where it is."""
    box = it.lies.get(thing, "")
    if not box:
        return ""
    key = f"{it.locks[box]} key" if box in it.locks and box not in it.opened else ""
    if key and key not in it.carried:
        return fetch(it, key)
    if it.here != it.boxes[box]:
        return f"go {it.boxes[box]}"
    return f"take {thing}" if box in it.opened else f"open {box}"


def explore(it: Known, rng: Random) -> str:
    """A look at what was not looked at yet."""
    for thing, box in it.lies.items():
        if thing.endswith(" key") and thing not in it.carried and box in it.opened:
            return fetch(it, thing)
    fits = [b for b in it.boxes if b not in it.done and f"{it.locks.get(b)} key" in it.carried]
    free = [b for b in it.boxes if b not in it.done and b not in it.locks]
    near = [b for b in (*fits, *free) if it.boxes[b] == it.here]
    unmet = [room for room in it.rooms if room not in it.met]
    if near:
        return f"open {near[0]}"
    far = [it.boxes[b] for b in (*fits, *free)]
    return f"go {rng.choice(far or unmet or it.rooms)}"


def reflect(prompt: Prompt) -> str:
    """What lies where, by what the trajectory shows."""
    it = known(prompt.fields["task"], prompt.fields["solution"])
    found = [f"The {thing} is in the {box} in the {it.boxes[box]}." for thing, box in it.lies.items()]
    bare = [f"The {box} in the {it.boxes[box]} is empty." for box in sorted(it.opened - set(it.lies.values()))]
    return " ".join(["I ran out of actions.", *found, *bare])


def dawdle(prompt: Prompt, seed: int) -> str:
    """A turn that is lost; asked for a critique, words without use."""
    return "I should try harder." if "solution" in prompt.fields else "Action: look around"
