"""How likely a model finds a solution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Feedback, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Score each solution by its log-likelihood under one role, less that under another.

    In: experiences of one task, each with a solution. Out: the same ones with feedback: a score in nats, no verdict.
    The text is scored after the prompt that training shows, its end included. ``details`` has "total", "per_token"
    (total by the number of tokens, for long texts are unlikely texts) and "tokens". A solution that is missing, or
    that either role could never write, gets no score, which is not 0.
    Source: the verifier of V-STaR (arXiv:2402.06457), section 3.3, after DPO (arXiv:2305.18290), whose reward is
    this difference times beta.
    """

    scope: ClassVar[Scope] = "task"
    needs: ClassVar[Names] = {"score"}
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    role: str = "verifier"
    against: str = ""
    """The role whose log-likelihood is taken off, "" = none."""
    per_token: bool = False
    """The score is a mean a token, not the sum."""

    @property
    def roles(self) -> frozenset[str]:
        """Who is asked, beside the learner."""
        return frozenset((self.role, self.against)) - {"", "learner"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: each with its score."""
        given = [(e, e.solution.text) for e in batch if e.solution]
        mine = self._asked(self.role, given, ctx)
        theirs = self._asked(self.against, given, ctx) if self.against else [(0.0,)] * len(given)
        both = zip(given, mine, theirs, strict=True)
        values = {e.id: (sum(one) - sum(other), len(one)) for (e, _), one, other in both}
        return [replace(e, feedback=self._told(e, values)) for e in batch]

    def _asked(self, role: str, given: Sequence[tuple[Experience, str]], ctx: Context) -> list[tuple[float, ...]]:
        return ctx.score([e.prompt for e, _ in given], [text for _, text in given], role=role) if given else []

    def _told(self, experience: Experience, values: dict[str, tuple[float, int]]) -> Feedback:
        source = f"likelihood:{self.role}"
        total, tokens = values.get(experience.id, (math.nan, 0))
        if not math.isfinite(total):
            return Feedback(text="no likelihood" if experience.solution else "no solution", source=source)
        score = total / tokens if self.per_token else total
        return Feedback(
            score=score, source=source, details={"total": total, "per_token": total / tokens, "tokens": tokens}
        )
