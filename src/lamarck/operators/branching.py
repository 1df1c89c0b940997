"""The levels of a brainstorm, a way down through them, and what a model's list says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from lamarck.core import Solution, Task, UsageError, digest
from lamarck.likeness.copies import plain

BELOW = " > "
"""What parts the finds of one name, the upper one first."""
KINDS = (
    "law", "health", "money", "science", "moral dilemmas", "personal taste", "belief and religion", "politics",
    "what is yet to come", "what is the case right now", "a person nobody knows", "what the asker alone knows",
    "exact numbers", "history that is disputed", "rare languages", "a premise that is false", "the assistant itself",
    "doing something in the world", "what may harm others", "feelings and advice",
)  # fmt: skip
"""What questions are about that a model of texts cannot answer, or must answer with care."""
RELATIONS = ("its cause", "its effect", "what came before it", "what came after it", "what was wanted by it",
             "how those felt who were there")  # fmt: skip
"""How one event stands to another."""
SOUGHT = 200
"""Finds of other starts that wrong ones are drawn from."""
_MARK = re.compile(r"^(?:[-*•+]\s+|\(?\d+[.):]\s+)+")
_QUOTED = re.compile(r"([\"'`])([^\"'`]*)\1")


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of a brainstorm: what is found below every find of the level above.

    A model lists it, or it is ``given``: letters, relations, the types that all begins with. Levels may share a name;
    a field of that name then holds the finds of all of them, parted by " > ".
    Raises: UsageError for a level that has neither a prompt nor finds, or both.
    """

    name: str
    """Of one find: "topic". What is found stands under it in the prompts below and in the tasks that come out."""
    prompt: str = ""
    """Asks for the level. Fields: "start" (the words of the task it began with, else the objective), "path" (what was
    found above, a line each: ``topic: rivers``), every level's name, those of the task it began with, "n" (how many
    are wanted), "known" (those there are already, a line each), "objective" and "brief"."""
    given: tuple[str, ...] = ()
    """The finds, the same below all, instead of a prompt."""
    n: int | None = None
    """Finds of a branch; of given ones so many by chance. None = one, or all that are given."""
    unique: Literal["branch", "level"] = "branch"
    """Where a find may stand once, whatever its letter case: below one find of the level above, or below all."""
    quota: int | None = None
    """Finds of the whole level: so many stay, as evenly from all branches as can be."""
    longest: int | None = None
    """Words of a find, at most."""
    whole: bool = False
    """A reply is one find, such as a document; else each of its lines is one."""
    private: str = ""
    """The role that alone knows it, see ``Task.private``; "" = it is a field of the tasks."""
    tasks: bool = False
    """Its finds are tasks too, as the last level's are."""

    def __post_init__(self) -> None:
        if bool(self.prompt) == bool(self.given):
            raise UsageError(f"Level '{self.name}': give either a prompt that asks for it, or given=(...), its finds")
        if any(each is not None and each < 1 for each in (self.n, self.quota, self.longest)):
            raise UsageError(f"Level '{self.name}': n={self.n}, quota={self.quota}, longest={self.longest}; from 1 on")

    @property
    def wanted(self) -> int:
        """Finds below one branch."""
        return min(self.n or len(self.given), len(self.given)) if self.given else self.n or 1


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A way down: the task it began with, if any, and what was found on each level."""

    start: Task | None = None
    path: tuple[tuple[Level, str], ...] = ()
    asked: str = ""
    """The key of the call that found the last."""
    task: Task | None = None
    """What the last find states, where it is a task."""

    @property
    def key(self) -> str:
        """The same for the same way, in every round."""
        told = [f"{level.name}: {find}" for level, find in self.path]
        return f"{digest(self.root, *told):016x}"

    @property
    def root(self) -> str:
        """The id of the task it began with, "" = the objective."""
        return self.start.id if self.start else ""

    @property
    def find(self) -> str:
        """The last."""
        return self.path[-1][1]

    def below(self, level: Level, find: str, asked: str = "", task: Task | None = None) -> Branch:
        """The way that goes on to this find."""
        return replace(self, path=(*self.path, (level, find)), asked=asked, task=task)

    @property
    def way(self) -> tuple[str, ...]:
        """The given finds on it: the letter, the relations."""
        return tuple(find for level, find in self.path if level.given)

    @property
    def above(self) -> Branch:
        """The way without its last find."""
        return replace(self, path=self.path[:-1])

    def words(self, *, private: bool = False) -> str:
        """What was found, a line each, with or without what roles keep to themselves."""
        return "\n".join(f"{level.name}: {find}" for level, find in self.path if private or not level.private)

    def named(self, role: str | None = None) -> dict[str, str]:
        """The finds by name: all, or what is private to a role, "" = what nobody keeps to himself."""
        found: dict[str, str] = {}
        for level, find in self.path:
            name = level.name if not role else level.private
            if role is None or level.private == role:
                found[name] = f"{found[name]}{BELOW}{find}" if name in found else find
        return found

    def private(self) -> dict[str, str]:
        """By role what it alone knows."""
        roles = {level.private for level, _ in self.path if level.private}
        return {role: self.named(role)[role] for role in sorted(roles)}


@dataclass(kw_only=True)
class Growth:
    """What is found below one way while a model is asked for it."""

    way: Branch
    level: Level
    met: set[str]
    """Finds that may not come again, as plain words; one set for the level, or one for each branch."""
    finds: list[Branch] = field(default_factory=list[Branch])
    faults: Counter[str] = field(default_factory=Counter[str])
    """Why what was listed is none, with how often."""

    @property
    def lacking(self) -> int:
        """Finds still to come."""
        return self.level.wanted - len(self.finds)

    def take(self, reply: Solution, key: str, read: Callable[[str], tuple[Task | None, str]] | None) -> None:
        """Take from a reply what is new and lacking. In: ``read`` says which task a find states, or why none."""
        for find, fault in listed(reply, self.level):
            if not self.lacking:
                return
            fault = fault or ("said before" if plain(find) in self.met else "")
            task, fault = read(find) if read and not fault else (None, fault)
            if fault:
                self.faults[fault] += 1
                continue
            self.met.add(plain(find))
            self.finds.append(self.way.below(self.level, find, key, task))

    def told(self, tries: int) -> str:
        """Why it stays short."""
        reasons = ", ".join(f"{count} {fault}" for fault, count in self.faults.most_common()) or "no more was said"
        there = f"{len(self.finds)} of {self.level.wanted} found for '{self.level.name}'"
        return f"{there} in {tries} tries: {reasons}"


def listed(reply: Solution, level: Level) -> Iterator[tuple[str, str]]:
    """The finds of a reply, each with "" or why it is none; of a list that was cut off the last line is left out."""
    lines = [reply.text] if level.whole else reply.text.splitlines()
    if reply.stop != "stop" and (level.whole or reply.stop != "length"):
        yield "", f"replies that ended by {reply.stop}"
        return
    for line in lines[:-1] if reply.stop == "length" else lines:
        find = line.strip() if level.whole else _bare(line)
        if level.longest and len(find.split()) > level.longest:
            yield find, f"of more than {level.longest} words"
        elif find and (level.whole or not find.endswith(":")):  # what ends with a colon announces the list
            yield find, ""


def cut(groups: Sequence[Sequence[Branch]], quota: int | None, *, balance: bool, rng: Random) -> list[Branch]:
    """What stays of a level, in order. In: the ways below each way above.

    With ``balance`` as many below each as below the one that has fewest, those that have none aside. Of a quota's
    finds every branch gives its first before any gives its second, and so on, the branches in random order.
    """
    least = min((len(group) for group in groups if group), default=0)
    kept = [list(group[:least]) if balance else list(group) for group in groups]
    if quota is not None:
        order = rng.sample(range(len(kept)), len(kept))
        ranked = sorted(((at, turn) for turn, i in enumerate(order) for at in range(len(kept[i]))))[:quota]
        stay = {(order[turn], at) for at, turn in ranked}
        kept = [[one for at, one in enumerate(group) if (i, at) in stay] for i, group in enumerate(kept)]
    return [one for group in kept for one in group]


def wrong(right: Branch, mine: Sequence[Branch], others: Sequence[Branch], n: int, rng: Random) -> list[str]:
    """n finds that are none here: of its own start first, which are about the same, then of others.

    In: the ways from its own start, and all ways. What is also found below the same given finds would be right too.
    """
    true = {one.find.casefold() for one in mine if one.way == right.way}
    near = sorted({one.find for one in mine if one.find.casefold() not in true})
    picked = rng.sample(near, min(n, len(near)))
    if len(picked) == n:
        return picked
    far = {one.find for one in rng.sample(others, min(len(others), SOUGHT)) if one.find.casefold() not in true}
    rest = sorted(far - set(near))
    return [*picked, *rng.sample(rest, min(n - len(picked), len(rest)))]


def _bare(line: str) -> str:
    """A line of a list without its mark, and without quotes or stars around the whole of it."""
    text = _MARK.sub("", line.strip()).strip(" \t*_")
    return quoted[2].strip() if (quoted := _QUOTED.fullmatch(text)) else text
