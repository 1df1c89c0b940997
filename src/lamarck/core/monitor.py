"""Monitors: what is watched from round to round, and what is done where it goes wrong.

A monitor reads what a round left behind; it never makes experiences. Where it worries it raises an alarm, which may
roll the candidate back whatever the gate said, change the cycle for the rounds that follow, or end the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from lamarck.core.errors import UsageError
from lamarck.core.hearing import Sitting
from lamarck.core.protocols import Operator
from lamarck.core.reach import within
from lamarck.core.scores import Parties, Verdict
from lamarck.core.types import Batch

if TYPE_CHECKING:
    from lamarck.core.context import Context
    from lamarck.core.cycle import Cycle


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change of a cycle: a number at a path made so many times as large, or an operator added to a slot."""

    path: str
    """As ``--set`` takes it: "solutions.temperature", "refinement"."""
    times: float = 1.0
    least: float | None = None
    """What the number becomes at least, for one that may be 0."""
    most: float | None = None
    """What it becomes at most."""
    operator: Operator | None = None
    """Added at the end of the slot, where none of its class is there."""

    def __call__(self, cycle: Cycle) -> Cycle:
        """The changed cycle; the same one where the path leads nowhere in it, or nothing is left to change."""
        try:
            return within(cycle, self.path.split("."), lambda _owner, old: self._made(old), self.path)
        except UsageError:
            return cycle

    def _made(self, old: Any) -> Any:
        if self.operator is not None:
            slot = cast("tuple[Any, ...]", old if isinstance(old, tuple) else (old,))
            return slot if any(type(one) is type(self.operator) for one in slot) else (*slot, self.operator)
        if isinstance(old, bool) or not isinstance(old, int | float):
            return old
        made = max(old * self.times, self.least or 0.0)
        return made if self.most is None else min(made, max(self.most, old))


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What is wrong, and what is done about it."""

    reason: str
    """In words, with the numbers and what they were held against."""
    roll_back: bool = False
    """The candidate is not kept, whatever the gate said."""
    edits: tuple[Edit, ...] = ()
    """Changes of the cycle for the rounds that follow."""
    stop: bool = False
    """The stage ends with the champion that it has."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one monitor measured in one round."""

    monitor: str
    """Its name, "collapse"."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """By name; what could not be measured is not in it."""
    alarm: Alarm | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a monitor may look at when a round has its verdict."""

    cycle: Cycle
    samples: Batch
    """What was solved and judged this round."""
    kept: Batch
    """What refinement left of it, and the update read."""
    sittings: Sequence[Sitting]
    """Scorecards of this stage's rounds, oldest first; without evaluation there are none."""
    parties: Parties
    """Whom the gate decided about: champion and best are those before the verdict."""
    verdict: Verdict
    """The gate's own."""
    earlier: Sequence[Finding]
    """This monitor's findings of the stage's earlier rounds, oldest first."""


class Monitor(Protocol):
    """Watches one thing that can go wrong."""

    @property
    def name(self) -> str:
        """As people type it and the report shows it."""
        ...

    def __call__(self, seen: Seen, ctx: Context, /) -> Finding:
        """Out: the figures of this round, with an alarm where they call for one."""
        ...


def overruled(verdict: Verdict, parties: Parties, findings: Sequence[Finding]) -> Verdict:
    """The verdict, or where an alarm says so a rollback to who was champion and best before this round."""
    reasons = [f"{one.monitor}: {one.alarm.reason}" for one in findings if one.alarm and one.alarm.roll_back]
    if not reasons or parties.candidate == parties.champion:
        return verdict
    stands = parties.champion if verdict.champion == parties.candidate else verdict.champion
    best = parties.best if verdict.best == parties.candidate else verdict.best
    why = "; ".join([*reasons, *([f"the gate said {verdict.decision}: {verdict.reason}"] if verdict.reason else [])])
    return replace(verdict, decision="rolled back", champion=stands, best=best, reason=why)


def edited(cycle: Cycle, findings: Sequence[Finding]) -> Cycle:
    """The cycle as the alarms want it from now on."""
    for finding in findings:
        for edit in finding.alarm.edits if finding.alarm else ():
            cycle = edit(cycle)
    return cycle
