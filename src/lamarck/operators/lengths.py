"""A win rate beside the same without what length explains of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from lamarck.core import Context, Score, Solution, Task
from lamarck.trust.length_control import Compared, length_controlled

CONTROLLED = "length-controlled"
"""The metric's name."""
Pair = tuple[Task, Solution | None, Solution | None]


def with_control(score: Score, pairs: Sequence[Pair], outcomes: Sequence[float | None], ctx: Context) -> Score:
    """The score with one more metric, an item's outcomes without length's share; the same one where nothing was read.

    In: the pairs of the score's tasks and their outcomes, None where a pair could not be read. An event tells the rate
    at no difference in length with its error, beside the raw one.
    """
    read = [(pair, value) for pair, value in zip(pairs, outcomes, strict=True) if value is not None]
    if not read:
        return score
    sizes = [(_size(mine), _size(theirs)) for (_, mine, theirs), _ in read]
    found = length_controlled(
        Compared(
            preferences=[value for _, value in read],
            mine=[mine for mine, _ in sizes],
            theirs=[theirs for _, theirs in sizes],
        )
    )
    ctx.store.event(
        CONTROLLED,
        ability=score.ability,
        split=score.split,
        rate=found.rate,
        error=found.error,
        raw=found.raw,
        raw_error=found.raw_error,
        weights=dict(zip(("length", "side"), found.weights, strict=True)),
        pairs=len(read),
    )
    of = {item: list[float]() for item in score.items}
    for ((task, _, _), _), outcome in zip(read, found.outcomes, strict=True):
        of[task.id].append(outcome)
    return replace(score, metrics={**score.metrics, CONTROLLED: tuple(fmean(some) for some in of.values())})


def _size(solution: Solution | None) -> int:
    return len(solution.text.strip()) if solution else 0
