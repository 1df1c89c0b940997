"""The environment as operators get it: labels are out of reach where a recipe declares so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from lamarck.core.errors import LabelError
from lamarck.core.protocols import Environment
from lamarck.core.types import Feedback, Objective, Solution, Split, Task


class Guarded:
    """An environment whose references are sealed, and whose verdicts too where nobody may have them.

    Everything else (names, keys, reading answers, inventing tasks) is the environment's own.
    """

    def __init__(self, environment: Environment, seal: Callable[[Task], Task], *, verdicts: bool) -> None:
        """In: what seals a task's reference, and whether ``check`` may be asked."""
        self._environment, self._seal, self._verdicts = environment, seal, verdicts

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The environment's tasks, sealed."""
        return [self._seal(task) for task in self._environment.tasks(split, n, seed, objective)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """The environment's protected items, sealed."""
        found = self._environment.protected(n, seed)
        return {ability: [self._seal(task) for task in tasks] for ability, tasks in found.items()}

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The environment's verdict. Raises: LabelError where the recipe declares that nobody reads one."""
        if not self._verdicts:
            _refused()
        if task.reference is not None:
            task = replace(task, reference=task.reference.open())
        return self._environment.check(task, solution)

    def __getattr__(self, name: str) -> Any:
        if name == "must_pass":  # held-out cases: whoever learns has no business with them
            raise AttributeError(name)
        return getattr(self._environment, name)


def _refused() -> NoReturn:
    raise LabelError("a verdict was asked for, but the recipe declares labels='none'; remove who asks, or declare it")
