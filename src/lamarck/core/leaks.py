"""What a run knows of its held-out items, as the loop asks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lamarck.core.protocols import Environment
from lamarck.core.types import Split, Task


class Leaks(Protocol):
    """What tells a held-out item; asked of everything that the loop writes."""

    def held(self, task: Task, /) -> str:
        """Why a task may not be learned from: the held-out item that it is; "" where it is none."""
        ...

    def found(self, texts: Sequence[str], /) -> Mapping[str, str]:
        """Those of the texts that hold a held-out item, each with the reason, which names it."""
        ...

    def meet(self, items: Iterable[str], /) -> None:
        """Items that somebody was scored on, by their tasks' ids: held out from now on."""
        ...


class Splitting(Environment, Protocol):
    """An environment that tells of any task of its kind which split it belongs to, made or not."""

    def split(self, task: Task, /) -> Split:
        """The one split of this problem, by its key."""
        ...
