"""Pairs of right and wrong solutions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Scope, failed, passed


@dataclass(frozen=True, kw_only=True)
class EveryPair:
    """Pair each right solution of a task with each wrong one.

    In: all experiences of one task, with verdicts. Out: right times wrong experiences, the right solution's with
    ``rejected`` set; none where all are right or all are wrong. The first pair of a right solution keeps its
    number, further ones get new numbers.
    Source: V-STaR (arXiv:2402.06457), section 3.2. Differs: ``cap``.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"rejected"}

    cap: int | None = None
    """At most so many pairs a task, drawn at random; None = all."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the pairs, by right solution; every experience that is preferred in none says why."""
        right, wrong = [e for e in batch if e.solution and passed(e)], [e for e in batch if e.solution and failed(e)]
        pairs = list(product(right, wrong))
        if self.cap is not None and len(pairs) > self.cap:
            chosen = ctx.rng(batch[0].task.id).sample(range(len(pairs)), self.cap)
            pairs = [pairs[at] for at in sorted(chosen)]
        self._explain(batch, pairs, ctx)
        fresh, numbered, out = 1 + max((e.sample for e in batch), default=0), set[str](), list[Experience]()
        for good, bad in pairs:
            number = fresh if good.id in numbered else good.sample
            fresh += good.id in numbered
            numbered.add(good.id)
            out.append(replace(good, rejected=bad.solution, sample=number))
        return out

    def _explain(self, batch: Batch, pairs: list[tuple[Experience, Experience]], ctx: Context) -> None:
        """Say what became of every experience that is preferred in no pair."""
        preferred, rejected = {good.id for good, _ in pairs}, {bad.id for _, bad in pairs}
        why = f"over the cap of {self.cap} pairs a task" if pairs else "nothing of the other verdict beside it"
        for e in batch:
            if e.id not in preferred:
                judged = e.solution and (passed(e) or failed(e))
                ctx.drop(e, "rejected beside a right one" if e.id in rejected else why if judged else "no verdict")
