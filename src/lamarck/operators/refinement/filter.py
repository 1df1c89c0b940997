"""Keep what meets a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Predicate, Scope, passed


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Keep the experiences for which ``where`` holds (``passed``: the feedback says right).

    In: any. Out: those kept, in order; the reason a dropped one gets is "not <where>".
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"feedback"}
    writes: ClassVar[Names] = set[str]()

    where: Predicate = passed

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences for which the condition holds."""
        kept: Batch = []
        for experience in batch:
            if self.where(experience):
                kept.append(experience)
            else:
                ctx.drop(experience, f"not {self.where.__name__}")
        return kept
