"""A run read once, as far as it can be read: a damaged file costs its own part of the page, not the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lamarck.core import Batch, DamagedRun, Drop, Finding, LamarckError, Learner, Objective, Passage, Scorecard, Verdict
from lamarck.memory import Version, Versions
from lamarck.memory.unsearched import unsearched
from lamarck.report.reader import Run, View

if TYPE_CHECKING:
    from lamarck.store.info import RunInfo

T = TypeVar("T")
KEPT = 2
"""Rounds whose samples are held at a time."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A round with all its parts read."""

    stage: int
    round: int
    funnel: Mapping[str, Sequence[Passage]]
    drops: Mapping[str, Counter[tuple[str, str]]]
    scorecards: Sequence[Scorecard]
    verdict: Verdict | None
    objective: Objective | None
    """What the next round tries to improve."""
    reason: str
    """Why that."""
    candidate: str | None
    findings: Sequence[Finding] = ()
    """What the monitors found."""


class Sound:
    """Reads like the run it wraps. ``faults`` says what could not be read, after it was asked for.

    Raises: DamagedRun only where nothing can be shown: ``run.json`` and the manifest.
    """

    def __init__(self, reader: Run) -> None:
        self._run = reader
        self.faults: list[str] = []
        self._sampled: dict[tuple[int, int], Batch] = {}

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._run.path

    @cached_property
    def info(self) -> RunInfo:
        """How the run was asked for, and how it stands."""
        return self._run.info

    @cached_property
    def _rounds(self) -> list[Seen]:
        return [self._seen(view) for view in self._run.rounds()]

    @cached_property
    def _events(self) -> list[Mapping[str, Any]]:
        return self._tried(lambda: list(self._run.events()), [])

    @cached_property
    def _sealed(self) -> Sequence[Scorecard] | None:
        return self._tried(self._run.sealed, None)

    @cached_property
    def _versions(self) -> Versions:
        return unsearched(self.path, self.info.vectors)

    def rounds(self) -> Sequence[Seen]:
        """Every round begun, in order, stage by stage."""
        return self._rounds

    def events(self) -> Sequence[Mapping[str, Any]]:
        """The event log, oldest first."""
        return self._events

    def sealed(self) -> Sequence[Scorecard] | None:
        """The scorecards on the sealed split."""
        return self._sealed

    def batch(self, stage: int, round: int, phase: str, /) -> Batch:
        """What a phase gave, empty where it is not committed or damaged."""
        if phase != "feedback":
            return self._tried(lambda: self._run.batch(stage, round, phase), [])
        # A round's samples are many: two rounds' are kept, the ones asked for last.
        found = self._sampled.pop((stage, round), None)
        if found is None:
            found = self._tried(lambda: self._run.batch(stage, round, phase), [])
        while len(self._sampled) >= KEPT:
            del self._sampled[next(iter(self._sampled))]
        self._sampled[stage, round] = found
        return found

    def drops(self, stage: int, round: int, phase: str, /) -> Sequence[Drop]:
        """What a phase left out, and why."""
        return self._tried(lambda: self._run.drops(stage, round, phase), ())

    def learner(self, hash: str, /) -> Learner:
        """A learner of the run by its hash."""
        return self._run.learner(hash)

    def parent(self, hash: str, /) -> str:
        """Whom a learner was made from, "" where nobody knows."""
        found = self._learner(hash)
        return found.parent if found else ""

    def memory(self, hash: str, /) -> Version:
        """What a learner remembers; nothing for "", and where it cannot be read."""
        found, nothing = self._learner(hash), self._versions.open("")
        return self._tried(lambda: self._versions.open(found.memory), nothing) if found else nothing

    def _learner(self, hash: str) -> Learner | None:
        try:
            return self._tried(lambda: self._run.learner(hash), None) if hash else None
        except (LamarckError, OSError):
            return None

    def _seen(self, view: View | Seen) -> Seen:
        if isinstance(view, Seen):
            return view
        no_funnel, no_drops = dict[str, Sequence[Passage]](), dict[str, Counter[tuple[str, str]]]()
        return Seen(
            stage=view.stage,
            round=view.round,
            funnel=self._tried(lambda: view.funnel, no_funnel),
            drops=self._tried(lambda: view.drops, no_drops),
            scorecards=self._tried(lambda: view.scorecards, ()),
            verdict=self._tried(lambda: view.verdict, None),
            objective=self._tried(lambda: view.objective, None),
            reason=self._tried(lambda: _reason(view), ""),
            candidate=self._tried(lambda: view.candidate, None),
            findings=self._tried(lambda: view.findings, ()),
        )

    def _tried(self, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except DamagedRun as fault:
            if str(fault) not in self.faults:
                self.faults.append(str(fault))
            return otherwise


def _reason(view: View) -> str:
    """Why the next round has its objective."""
    chosen = view.entries.get("objective")
    return view.archive.open(chosen).reason if chosen else ""
