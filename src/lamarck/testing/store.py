"""A run folder in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from lamarck.core import Batch, Choice, Finding, Harvest, Learner, Phase, Scorecard, State, Verdict, unknown

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

    def read(self, phase: Phase, kind: type[T], /) -> T | None:
        """What was committed at this address, None where there is nothing."""
        return cast("T | None", self.phases.get(phase))

    def learner(self, hash: str, /) -> Learner:
        """A learner that this run committed, alone or in a state. Raises: UsageError with those there are."""
        made = dict[str, Learner]()
        for phase in reversed(list(self.phases.values())):  # whoever is asked for is most often new
            found = (phase,) if isinstance(phase, Learner) else phase.learners if isinstance(phase, State) else ()
            for one in found:
                made[one.hash] = one
                if one.hash == hash:
                    return one
        raise unknown("learner", hash, made)

    def event(self, kind: str, /, **data: Any) -> None:
        """One more line of the log."""
        with self.lock:
            self.events.append((kind, data))

    def trace(self) -> str:
        """What happened, a line a step: ``0.1 refinement.Filter 64 -> 31``, ``0.1 verdict promoted``."""
        steps = [(f"{at.stage}.{at.round}", at.name, made) for at, made in self.phases.items()]
        return "".join(f"{where} {line}\n" for where, name, made in steps for line in _lines(name, made))


def _lines(name: str, made: Any) -> Iterator[str]:
    match made:
        case Harvest():
            yield from (f"{passage.operator} {passage.into} -> {passage.out}" for passage in made.funnel)
        case Learner():
            yield f"{name} -> {made.model.name}"
        case Verdict():
            yield f"{name} {made.decision}"
        case State():
            yield f"{name} kept"
        case Choice():
            yield f"{name} {made.objective.node or 'as it was'}: {made.reason}"
        case list() if name == "monitors":
            for finding in cast("list[Finding]", made):
                yield f"{name} {finding.monitor}: {finding.alarm.reason if finding.alarm else 'nothing'}"
        case _:
            yield " ".join([name, *(f"{card.value:.3f}" for card in cast("list[Scorecard]", made))])
