"""One call of an operator, and what it did with what it was given."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lamarck.core import Batch, Context, Drop, Operator, UsageError


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one or several calls of an operator took, gave and left out."""

    into: int = 0
    batch: Batch = field(default_factory=Batch)
    drops: tuple[Drop, ...] = ()
    seconds: float = 0.0


def together(shares: Iterable[Share]) -> Share:
    """Several shares of one operator as one, in order."""
    parts = list(shares)
    if len(parts) == 1:
        return parts[0]
    return Share(
        into=sum(part.into for part in parts),
        batch=[experience for part in parts for experience in part.batch],
        drops=tuple(drop for part in parts for drop in part.drops),
        seconds=sum(part.seconds for part in parts),
    )


def call(name: str, operator: Operator, batch: Batch, ctx: Context) -> Share:
    """Call the operator. In: a context made for it, whose notes grow. Raises: what it raises."""
    before = len(ctx.notes)
    began = time.perf_counter()
    given = operator(batch, ctx)
    seconds = time.perf_counter() - began
    if not isinstance(given, list):  # pyright: ignore[reportUnnecessaryIsInstance]  (a user's own may forget)
        raise UsageError(f"{name} gave a {type(given).__name__}; an operator returns a list of experiences")
    noted = ctx.notes[before:]
    unsaid = (
        Drop(experience=lost, operator=name, reason=f"left out by {name}")
        for lost in _lost(operator, batch, given, noted)
    )
    return Share(into=len(batch), batch=given, drops=(*noted, *unsaid), seconds=seconds)


def _lost(operator: Operator, batch: Batch, given: Batch, noted: Sequence[Drop]) -> list[str]:
    """Ids of experiences that went in, did not come out, and nobody said why.

    Who writes tasks or solutions may number its experiences anew: a task that became others is lost
    only where nothing came out, one that was solved only where no solution of it did.
    """
    if "task" in operator.writes:
        lost = [] if given else [e.id for e in batch]
    elif "solution" in operator.writes:
        solved = {e.task.id for e in given}
        lost = [e.id for e in batch if e.task.id not in solved]
    else:
        out = Counter(e.id for e in given)
        lost = list[str]()
        for experience in batch:
            out[experience.id] -= 1
            if out[experience.id] < 0:
                lost.append(experience.id)
    if not lost or not noted:
        return lost
    said = Counter(drop.experience for drop in noted)
    unsaid = list[str]()
    for each in lost:
        said[each] -= 1
        if said[each] < 0:
            unsaid.append(each)
    return unsaid
