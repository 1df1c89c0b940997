"""A run folder in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from lamarck.core import Batch, Harvest, Phase, Verdict

T = TypeVar("T")


@dataclass(kw_only=True)
class MemoryStore:
    """Commits phases to a dictionary and events to a list. Run the loop on it again and it resumes."""

    learners: str = ""
    """The folder trainers write under, "" = none."""
    phases: dict[Phase, Any] = field(default_factory=dict[Phase, Any])
    """Every committed result by its address, in order of commitment."""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    """Kind and data of each event."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def commit(self, phase: Phase, kind: type[T], make: Callable[[], T], /) -> T:
        """What was committed at this address, or what ``make`` gives, committed."""
        if phase not in self.phases:
            made = make()
            with self.lock:
                self.phases[phase] = made
        return cast("T", self.phases[phase])

    def batch(self, phase: Phase, /) -> Batch:
        """A phase's batch, empty where it was never committed."""
        harvest = self.phases.get(phase)
        return list(harvest.batch) if isinstance(harvest, Harvest) else []

    def event(self, kind: str, /, **data: Any) -> None:
        """One more line of the log."""
        with self.lock:
            self.events.append((kind, data))

    def trace(self) -> str:
        """What happened, a line a step: ``refinement.Filter 64 -> 31``, ``updated``, ``promoted``."""
        lines = list[str]()
        for phase, made in self.phases.items():
            where = f"{phase.stage}.{phase.round}"
            if isinstance(made, Harvest):
                lines += [f"{where} {passage.operator} {passage.into} -> {passage.out}" for passage in made.funnel]
            elif isinstance(made, Verdict):
                lines.append(f"{where} verdict {made.decision}")
            elif phase.name in ("updating", "evaluation", "objective"):
                lines.append(f"{where} {phase.name}")
        return "\n".join(lines) + "\n"
