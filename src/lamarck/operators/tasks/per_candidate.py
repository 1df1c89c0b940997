"""Every candidate of a search meets the same tasks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from lamarck.core import Batch, Context, Names, Scope, State


class Search(Protocol):
    """An update that searches: its candidates are out for a round before it is told how they did."""

    def out(self, ctx: Context, /) -> State:
        """The search as the round finds it; ``State.learners`` are the candidates, each once."""
        ...


@dataclass(frozen=True, kw_only=True)
class PerCandidate:
    """Put every task before every candidate that a search has out; ``Sample(role="author")`` obeys.

    The search's state is the run's, so this operator and the update meet there and nowhere else.
    In: the round's tasks. Out: one experience a candidate and task, ``author`` set, candidate by candidate.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"author"}

    of: Search
    """The update itself, as it stands in ``updating``."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks of the first candidate, then those of the second and so on."""
        candidates = self.of.out(ctx).learners
        return [
            replace(e, author=candidate.hash, sample=e.sample * len(candidates) + i)
            for i, candidate in enumerate(candidates)
            for e in batch
        ]
