"""Pipelines: what was done once, with slots where another task has other values.

A slot ``{wanted}`` stands for the value of a task's field, ``{wishes.2}`` for the second of a list; both are filled
from the task. ``{seen}`` stands for a word that only showed in what was seen on the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamarck.core import Context, Task
from lamarck.likeness import NGrams

KIND = "pipeline"
"""Of the entries that hold one: the text is the task's words with slots, then the actions, a line each."""
SEEN = "{seen}"
MARK = "\nActions:\n"
CANDIDATES = 10
"""Entries that are looked at, the nearest ones."""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The actions of a run that went well, in order, with slots."""

    actions: tuple[str, ...] = ()

    def filled(self, task: Task) -> Sequence[str]:
        """The actions with the task's own values; what only shows on the way stays open."""
        own = values(task)
        return [re.sub(r"\{([\w.]+)\}", lambda slot: own.get(slot[1], slot[0]), line) for line in self.actions]

    def is_open(self, pattern: str) -> bool:
        """Whether something has to be put in yet."""
        return "{" in pattern

    def fits(self, pattern: str, said: str) -> bool:
        """Whether an action is the pattern with one word in each open place."""
        parts = [re.escape(part) for part in re.split(r"\{[\w.]+\}", pattern)]
        return re.fullmatch(r"\w+".join(parts), said, re.IGNORECASE) is not None


def found(task: Task, least: float, ctx: Context) -> Pipeline | None:
    """The pipeline of the remembered task most like this one, if it has the same slots and is like it enough."""
    words = opened(task.messages[-1].text, values(task))
    entries = ctx.memory.search(words, CANDIDATES, kind=KIND)
    told = [(head, tail) for head, _, tail in (entry.text.partition(MARK) for entry in entries)]
    same = [(head, tail) for head, tail in told if slots(head) == slots(words)]
    if not same:
        return None
    own, *others = NGrams()([words, *(head for head, _ in same)])
    near = [float(own @ other) for other in others]
    best = max(range(len(near)), key=lambda at: near[at])
    # a vector of unit length times itself may be a hair below 1
    return Pipeline(actions=tuple(same[best][1].splitlines())) if near[best] >= least - 1e-6 else None


def values(task: Task) -> Mapping[str, str]:
    """What may differ from task to task, by the name of its slot: fields of one word, and each word of a list."""
    found = dict[str, str]()
    for name, value in task.fields.items():
        parts = [part.strip() for part in value.split(",")]
        if all(re.fullmatch(r"[^\W\d]\w*", part) for part in parts):
            found |= {name if len(parts) == 1 else f"{name}.{at}": part for at, part in enumerate(parts, start=1)}
    return found


def opened(text: str, own: Mapping[str, str]) -> str:
    """The text with a slot in place of each whole word that is a value; of equal values the first name counts."""
    names = {value.casefold(): name for name, value in reversed(list(own.items()))}
    return re.sub(r"\w+", lambda word: f"{{{names[low]}}}" if (low := word[0].casefold()) in names else word[0], text)


def slots(text: str) -> set[str]:
    """The slots that occur in a text."""
    return set(re.findall(r"\{[\w.]+\}", text))
