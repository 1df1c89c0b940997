"""What turns tasks round, as operators ask it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lamarck.core.types import Task


@runtime_checkable
class Masking(Protocol):
    """An environment that turns its own tasks round."""

    def masked(self, task: Task, answer: str, /) -> Sequence[Task]:
        """For each value that a task gives, a practice task that gives the answer and asks for that value, its
        reference; none for a task that cannot be turned round."""
        ...
