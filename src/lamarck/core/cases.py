"""Cases that a learner which passes them may never lose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lamarck.core.protocols import Environment
from lamarck.core.types import Task

MUST_PASS = "must pass"
"""The ability of cases that a learner which passes them may never lose. An item is 1 where it is passed for sure, 0
where it is failed for sure, and between where it is neither."""


class Demanding(Environment, Protocol):
    """An environment with tasks that a learner which passes them may never lose."""

    def must_pass(self) -> Sequence[Task]:
        """These tasks, the same each time; none of them is a practice task."""
        ...
