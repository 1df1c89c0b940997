"""What worlds that are acted in have in common: the actions done again are the verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from lamarck.core import Episode, Experience, Feedback, Objective, Solution, Split, Task, actions, replayed
from lamarck.environments.aiming import split_of


class Acted(ABC):
    """An environment whose tasks hold all that is hidden on one line, in a private field."""

    name: str
    ability: str
    hidden: ClassVar[str]
    """The name of that field."""

    @abstractmethod
    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """As core's ``Environment``."""

    @abstractmethod
    def begin(self, task: Task, /) -> Episode:
        """As core's ``Interactive``."""

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The actions done again; the score is the episode's, 0 to 1."""
        return replayed(self, task, solution)

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """What was done, as one line."""
        return "; ".join(actions(solution)) or None

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None: where it is not known what is right, nobody shows it."""
        return ()

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None: there is one ability here."""
        return {}

    def key(self, task: Task, /) -> str:
        """All that is hidden, on one line."""
        return task.private[self.hidden]

    def split(self, task: Task, /) -> Split:
        """The split of a task, by the digest of its line; so that no two splits share one, whatever the seeds."""
        return split_of(task.private[self.hidden])
