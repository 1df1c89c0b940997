"""A store that keeps nothing, for a measurement that needs no run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from lamarck.core import Batch, Learner, Phase, unknown

T = TypeVar("T")


@dataclass(frozen=True)
class Nowhere:
    """Core's ``Store`` without a folder: makes every result anew."""

    learners: str = ""
    listener: Callable[[Mapping[str, Any]], None] | None = None
    """Hears every event: "kind" and the event's own data."""

    def commit(self, phase: Phase, kind: type[T], make: Callable[[], T], /) -> T:
        """What ``make`` gives."""
        return make()

    def batch(self, phase: Phase, /) -> Batch:
        """Nothing was ever committed."""
        return []

    def read(self, phase: Phase, kind: type[T], /) -> T | None:
        """Nothing was ever committed."""
        return None

    def learner(self, hash: str, /) -> Learner:
        """Nothing was ever committed."""
        raise unknown("learner", hash, ())

    def event(self, kind: str, /, **data: Any) -> None:
        """Heard by the listener alone."""
        if self.listener is not None:
            self.listener({"kind": kind, **data})
