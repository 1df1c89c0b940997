"""How often people prefer the learner's answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from lamarck.core import Context, Learner, Score, Scorecard, UsageError
from lamarck.data import ballots

METRIC = "votes"


@dataclass(frozen=True, kw_only=True)
class Votes:
    """Win 1, tie 0.5, loss 0 by recorded votes (``lamarck vote``): of each item the mean over all who voted.

    Nobody is asked here, and an item without a vote has no score. Votes against several rivals count together.
    Raises: UsageError for a learner that nobody voted on.
    """

    folder: str
    """Where the votes lie: RUN/votes."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the target's score alone."""
        found = dict[str, list[float]]()
        for ballot in ballots.found(Path(self.folder)):
            if learner.hash in (ballot.learner, ballot.rival):
                for item, value in ballot.outcomes(learner.hash).items():
                    found.setdefault(item, []).append(value)
        if not found:
            raise UsageError(f"nobody has voted on {learner.hash} in {self.folder}; type: lamarck vote RUN")
        values = tuple(fmean(each) for each in found.values())
        score = Score(ability=ctx.environment.ability, metrics={METRIC: values}, items=tuple(found), split="selection")
        return Scorecard(learner=learner.hash, scores=(score,), metric=METRIC)
