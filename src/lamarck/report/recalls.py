"""When an entry of the memory was recalled, and what became of those tries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

from lamarck.core import Entry, Estimate, Experience, interval
from lamarck.report.reader import Run


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


def was_shown(entry: Entry, experience: Experience) -> bool:
    """Whether a prompt names the entry's source among what was recalled, and holds its text."""
    fields: Mapping[str, str] = experience.asked.fields if experience.asked else {}
    if not entry.source or f" {entry.source} " not in f" {fields.get('recalled', '')} ":
        return False
    return any(_plain(entry.text) in _plain(text) for text in fields.values())


def effect(found: Sequence[Try]) -> Estimate | None:
    """Mean score with the entry less that without it, with its 95 % interval; None where one of the two is missing.

    Newcombe's (1998) from two intervals where all scores lie in [0, 1], else the normal one, infinite for a single
    try. It says what went together and not what caused it: what is recalled is what is near.
    """
    having, lacking = ([t.experience.score for t in found if t.shown is shown] for shown in (True, False))
    if not having or not lacking:
        return None
    value, n = fmean(having) - fmean(lacking), len(having) + len(lacking)
    if all(0 <= score <= 1 for score in (*having, *lacking)):
        p, q = interval(having), interval(lacking)
        low = value - math.hypot(p.value - p.low, q.high - q.value)
        return Estimate(value=value, low=low, high=value + math.hypot(p.high - p.value, q.value - q.low), items=n)
    several = len(having) > 1 and len(lacking) > 1
    spread = variance(having) / len(having) + variance(lacking) / len(lacking) if several else math.inf
    half = NormalDist().inv_cdf(0.975) * math.sqrt(spread)
    return Estimate(value=value, low=value - half, high=value + half, items=n)


def _plain(text: str) -> str:
    return " ".join(text.split())
