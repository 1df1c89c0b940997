"""What a run knows of its held-out items: the environment's, those it was scored on, and files that the user names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import RLock

from lamarck.core import Environment, Objective, Split, Splitting, Task, offers
from lamarck.trust.leakage import Hit, Index, Item
from lamarck.trust.nearly import Embed, Nearly

HELD: tuple[Split, ...] = ("selection", "sealed")
KEPT = 50_000
"""Texts whose outcome is remembered."""
PROTECTED = 200
"""Items listed of each protected ability; those that somebody is scored on are held out in any case."""


@dataclass(eq=False, kw_only=True)
class HeldOut:
    """Core's ``Leaks``. Nothing is listed before something is first asked for.

    A task is told by its problem: by the split rule of an environment that has one (``Splitting``), by the canonical
    keys of all items that the environment lists, by the ids of those that somebody was scored on. Texts are told by
    the words of the listed items and of ``more`` (``leakage``); practice tasks say in their words what is theirs.
    """

    environment: Environment
    objective: Objective
    more: Sequence[Item] = ()
    """Items that the environment does not know: a user's files, anchors of an evaluation."""
    embed: Embed | None = None
    """For the second look; None = the first is all."""
    _met: set[str] = field(init=False, default_factory=set[str])
    _asked: dict[str, tuple[Task, str]] = field(init=False, default_factory=dict[str, tuple[Task, str]])
    _looked: dict[str, str] = field(init=False, default_factory=dict[str, str])
    """Texts that were looked at: the prompts of a fixed set come again every round."""
    _lock: RLock = field(init=False, default_factory=RLock)

    def held(self, task: Task, /) -> str:
        """Which held-out item a task is; "" where it is none."""
        if task.id in self._met:
            return f"is the held-out item {task.id}, which learners were scored on"
        asked = self._asked.get(task.id)  # a round's samples share their task
        if asked is None or asked[0] is not task:
            asked = self._asked[task.id] = task, self._told(task)
        return asked[1]

    def found(self, texts: Sequence[str], /) -> Mapping[str, str]:
        """Those of the texts that hold a held-out item, each with the reason."""
        with self._lock:
            if len(self._looked) + len(texts) > KEPT:
                self._looked.clear()
            new = [text for text in dict.fromkeys(texts) if text not in self._looked]
            hits = self.index.look(new, self._second)
            self._looked.update((text, hit.reason if hit else "") for text, hit in zip(new, hits, strict=True))
            return {text: why for text in texts if (why := self._looked[text])}

    def look(self, text: str) -> Hit | None:
        """The same of one text, in parts."""
        return self.index.look([text], self._second)[0]

    def meet(self, items: Iterable[str], /) -> None:
        """Items that somebody was scored on."""
        self._met.update(items)

    @cached_property
    def index(self) -> Index:
        """The words of all listed items."""
        items = [self._item(task, name) for name, tasks in self._listed.items() for task in tasks]
        common = [text for task in self._list("practice") for text in _texts(task)]
        return Index([*items, *self.more], common)

    @cached_property
    def _second(self) -> Nearly | None:
        return Nearly(self.index, self.embed) if self.embed else None

    @cached_property
    def _listed(self) -> Mapping[str, Sequence[Task]]:
        """What is held out, by the name of the part."""
        splits: dict[str, Sequence[Task]] = {split: self._list(split) for split in HELD}
        return {**splits, **self.environment.protected(PROTECTED, 0)}

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        """The canonical keys of all listed items, each with the item's name."""
        found = {self._key(task): _named(task, name) for name, tasks in self._listed.items() for task in tasks}
        return {key: name for key, name in found.items() if key}

    def _list(self, split: Split) -> Sequence[Task]:
        return self.environment.tasks(split, None, 0, replace(self.objective, node=""))

    def _item(self, task: Task, part: str) -> Item:
        return Item(name=f"the {_named(task, part)}", texts=_texts(task), keys=(self._key(task),))

    def _told(self, task: Task) -> str:
        if task.split != "practice":
            return f"is the {_named(task, task.split)}"
        key = self._key(task)
        if key and offers(self.environment, Splitting):
            split = _quietly(lambda: self.environment.split(task))  # type: ignore[attr-defined]
            return f"is a problem of the {split} split: {key}" if split in HELD else ""
        return f"is the {self._keys[key]}" if key in self._keys else ""

    def _key(self, task: Task) -> str:
        return str(_quietly(lambda: self.environment.key(task)) or "")


def _quietly(ask: object) -> object:
    """What an environment says of a task, None where it cannot read it: the task may be of another world."""
    try:
        return ask()  # type: ignore[operator]
    except Exception:
        return None


def _named(task: Task, part: str) -> str:
    return f"{part} item {task.id}"


def _texts(task: Task) -> tuple[str, ...]:
    """What is said in a task; system messages are the same for all."""
    return tuple(message.text for message in task.messages if message.role != "system" and message.text.strip())
