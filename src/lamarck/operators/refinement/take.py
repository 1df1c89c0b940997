"""Some of the experiences, the best ones first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from lamarck.core import Batch, Context, Experience, Names, Scope, UsageError, by_task
from lamarck.likeness import clusters
from lamarck.operators.placing import vectors

By = Literal["chance", "score", "length", "centre"]


@dataclass(frozen=True, kw_only=True)
class Take:
    """Take n experiences, or a share of them: of the round, or of each task.

    In: the round's experiences. Out: those taken. By score the highest first, by length the shortest first, in which
    equal ones keep their order (of equally long ones the latest round's is first); drawn ones stay in the batch's
    order. A share of 1 takes all and puts them in order.
    Source: Self-Talk (arXiv:2401.05033) for a share by score; KnowAgent (arXiv:2403.03101) for the shortest of a
    task; SOTOPIA-pi (arXiv:2403.08715) for ``balance``; SSR (arXiv:2403.01244) for "centre".
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = set[str]()

    n: int | None = None
    share: float | None = None
    """Of the experiences there are, 0 to 1, at least one; with ``n`` the smaller number holds."""
    by: By = "chance"
    """"length": assistant turns of a solution with several, else its characters. "centre": tasks near the centres of
    clusters, from each in proportion to its size."""
    per: Literal["round", "task"] = "round"
    balance: bool = False
    """Number and share are of each author, and all authors give as many: a role that has more loses its worst."""
    clusters: int = 20
    """For "centre"."""
    role: str = "learner"
    """Whose vectors of the tasks, for "centre"."""

    def __post_init__(self) -> None:
        """What is read depends on what decides; the checker asks the instance. Raises: UsageError for no amount."""
        n, share = self.n, self.share
        if n is None is share or (n is not None and n < 1) or (share is not None and not 0 < share <= 1):
            raise UsageError(f"refinement.Take: n={n}, share={share}; give n=... from 1, or share=... above 0 up to 1")
        needs = {"score": {"feedback"}, "length": {"solution"}}.get(self.by, {"task"})
        object.__setattr__(self, "reads", frozenset(needs | ({"solution"} if self.balance else set[str]())))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: what is taken; the rest is dropped with the reason."""
        taken = [e for group in (by_task(batch) if self.per == "task" else [batch]) for e in self._of(group, ctx)]
        ids = {e.id for e in taken}
        for experience in batch:
            if experience.id not in ids:
                ctx.drop(experience, f"not among those taken by {self.by}")
        return taken

    def _of(self, group: Batch, ctx: Context) -> Batch:
        if not self.balance:
            return self._best(group, self._amount(len(group)), ctx)
        authors: dict[str, Batch] = {}
        for e in group:
            authors.setdefault(e.solution.author if e.solution else "", []).append(e)
        amount = self._amount(min(map(len, authors.values()), default=0))
        return [e for own in authors.values() for e in self._best(own, amount, ctx)]

    def _amount(self, there: int) -> int:
        share = there if self.share is None else max(1, round(self.share * there))
        return min(there, share, there if self.n is None else self.n)

    def _best(self, group: Batch, amount: int, ctx: Context) -> Batch:
        if self.by == "centre":
            return self._central(group, amount, ctx)
        if self.by == "chance":
            key = group[0].id if group else ""
            return [group[at] for at in sorted(ctx.rng(key).sample(range(len(group)), amount))]
        keys: dict[str, Callable[[Experience], tuple[float, ...]]] = {"score": lambda e: (-e.score,), "length": _length}
        return sorted(group, key=keys[self.by])[:amount]

    def _central(self, group: Batch, amount: int, ctx: Context) -> Batch:
        """From each cluster of tasks those nearest to its centre, in the batch's order."""
        if not group:
            return []
        places = vectors([e.task.messages[-1].text for e in group], ctx, self.role)
        labels = clusters(places, self.clusters, ctx.rng("clusters").getrandbits(63))
        sizes = np.bincount(labels).tolist()
        taken = list[int]()
        for label, quota in enumerate(_quotas(sizes, amount)):
            rows = np.flatnonzero(labels == label)
            far = np.linalg.norm(places[rows] - places[rows].mean(axis=0), axis=1)
            taken += rows[np.argsort(far, kind="stable")[:quota]].tolist()
        return [group[at] for at in sorted(taken)]


def _length(experience: Experience) -> tuple[float, ...]:
    solution = experience.solution
    turns = [m.text for m in solution.messages if m.role == "assistant"] if solution else []
    return len(turns), len(turns[0]) if len(turns) == 1 else 0, -experience.origin.round


def _quotas(sizes: list[int], amount: int) -> list[int]:
    """So many in proportion to the sizes; what is left over goes to the largest remainders, the first of equals."""
    exact = [amount * size / sum(sizes) for size in sizes]
    found = [math.floor(one) for one in exact]
    order = sorted(range(len(sizes)), key=lambda at: found[at] - exact[at])
    for at in order[: amount - sum(found)]:
        found[at] += 1
    return found
