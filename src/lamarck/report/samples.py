"""A few samples of each round, kept and dropped, and what all of them cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lamarck.core import Batch, Drop, Experience
from lamarck.report.sound import Seen, Sound

T = TypeVar("T")

SHOWN = 200
"""Samples in one page."""


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A sample and what became of it; an empty reason means kept."""

    experience: Experience
    operator: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a round's batches show. Batches are large, so each is read once and let go."""

    view: Seen
    samples: int
    read: int
    """Prompt tokens."""
    written: int
    """Completion tokens."""
    kept: int
    dropped: int
    picks: tuple[Pick, ...]


def look(run: Sound, view: Seen, most: int) -> Look:
    """Read a round's samples. Out: counts, and at most ``most`` picks, half of them kept ones."""
    sampled = run.batch(view.stage, view.round, "feedback")
    refined = run.batch(view.stage, view.round, "refinement")
    drops = run.drops(view.stage, view.round, "refinement")
    lost = _lost(sampled, drops)
    kept_share = max(most - min(most // 2, len(lost)), 0)
    kept = [Pick(experience=e) for e in evenly(refined, kept_share)]
    solved = [e.solution.usage for e in sampled if e.solution]
    return Look(
        view=view,
        samples=len(solved),
        read=sum(usage.prompt for usage in solved),
        written=sum(usage.completion for usage in solved),
        kept=len(refined),
        dropped=len(drops),
        picks=(*kept, *_by_reason(lost, most - len(kept))),
    )


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most ``most`` of the items, spread evenly from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[i * (len(items) - 1) // max(most - 1, 1)] for i in range(most)]


def _lost(sampled: Batch, drops: Sequence[Drop]) -> list[Pick]:
    by_id = {e.id: e for e in sampled}
    return [
        Pick(experience=by_id[d.experience], operator=d.operator, reason=d.reason)
        for d in drops
        if d.experience in by_id
    ]


def _by_reason(lost: Sequence[Pick], most: int) -> list[Pick]:
    """As many of each reason as can be: a rare reason is worth more than the hundredth of a common one."""
    groups: dict[tuple[str, str], list[Pick]] = {}
    for pick in lost:
        groups.setdefault((pick.operator, pick.reason), []).append(pick)
    chosen, left = list[Pick](), most
    for number, group in enumerate(sorted(groups.values(), key=len)):
        share = evenly(group, left // (len(groups) - number))
        chosen, left = chosen + share, left - len(share)
    return chosen
