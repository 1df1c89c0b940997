"""When an entry of the memory was recalled, and what became of those tries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lamarck.core import Entry, Experience
from lamarck.operators.reminding import was_shown
from lamarck.report.reader import Run
from lamarck.trust.credit import Effect, credit


@dataclass(frozen=True, kw_only=True)
class Try:
    """One solution with feedback, and whether an entry stood before who made it."""

    stage: int
    round: int
    experience: Experience
    shown: bool


def tries(run: Run, entry: Entry) -> list[Try]:
    """The tries that could have been helped by an entry: those since it was learned, of its stream, or where it has
    none of the kinds of task that it was shown for; in order."""
    found = [
        Try(stage=view.stage, round=view.round, experience=one, shown=was_shown(entry, one))
        for view in run.rounds()
        for one in run.batch(view.stage, view.round, "feedback")
        if view.round > entry.round or was_shown(entry, one)
    ]
    kinds = {each.experience.task.kind for each in found if each.shown}
    if entry.stream:
        return [each for each in found if each.shown or each.experience.task.stream == entry.stream]
    return [each for each in found if each.experience.task.kind in kinds]


def effect(entry: Entry, found: Sequence[Try]) -> Effect | None:
    """How tasks went with the entry in view beside those without it; None where it never was."""
    rounds = [[each.experience for each in some] for _, some in groupby(found, key=lambda t: (t.stage, t.round))]
    return credit(rounds, lambda one: (0,) if was_shown(entry, one) else ()).get(0)
