"""Who is compared with whom on what, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lamarck.core import Comparison, Hearing, Parties
from lamarck.core.scores import Outcome, Rival
from lamarck.trust.betting import Tally

PAIRS = 2
"""Rivals that one learner ever meets on one ability: champion and best on the target, champion and base on a
protected ability. A champion that is compared further meets the same best and the same base again."""
SAFE: tuple[Outcome, ...] = ("safe", "better")


@dataclass(frozen=True, kw_only=True)
class Levels:
    """At what levels a comparison is worse, or safe and better."""

    worse: float
    shown: float
    margin: float
    """How much worse still counts as safe, in the metric's unit."""

    def outcome(self, low: float, high: float) -> Outcome:
        """What an interval says of the learner."""
        if high < 0:
            return "worse"
        return "better" if low > 0 else "safe" if low > -self.margin else "undecided"


def candidate(hearing: Hearing, parties: Parties, levels: Levels) -> list[Comparison]:
    """The candidate with champion and best on the target, with champion and base elsewhere; each pair once."""
    return list(_compared(hearing, levels, "candidate", parties, parties.candidate, "champion"))


def champion(hearing: Hearing, parties: Parties, levels: Levels) -> list[Comparison]:
    """The champion with the best on the target and with the base elsewhere; nothing where it is the best."""
    if parties.champion == parties.best:
        return []
    return list(_compared(hearing, levels, "champion", parties, parties.champion))


def _compared(
    hearing: Hearing,
    levels: Levels,
    whose: Literal["candidate", "champion"],
    parties: Parties,
    learner: str,
    *first: Rival,
) -> Iterator[Comparison]:
    for ability in hearing.abilities:
        met = {learner}
        last: Rival = "best" if ability == hearing.abilities[0] else "base"
        for rival in (*first, last):
            other = getattr(parties, rival)
            if other in met:
                continue
            met.add(other)
            tally = Tally.of(hearing.differences(learner, other, ability))
            low, high = tally.low(levels.shown), tally.high(levels.worse)
            yield Comparison(
                ability=ability,
                metric=hearing.metric(ability),
                learner=whose,
                against=rival,
                difference=tally.mean,
                low=low,
                high=high,
                items=tally.items,
                outcome=levels.outcome(low, high),
            )
