"""Texts that an environment has beside its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lamarck.core.protocols import Environment
from lamarck.core.types import Objective, Task


class Documented(Environment, Protocol):
    """An environment with texts that nobody has asked a question about, such as a user's documents."""

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n of them that may be learned from, all of a fixed set where n is None, each a task whose words it is."""
        ...
