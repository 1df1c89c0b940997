"""A gate without statistics."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from lamarck.core import Hearing, Parties, Verdict


@dataclass(frozen=True, kw_only=True)
class PlainGate:
    """Promotes a candidate whose score is not more than ``margin`` below the champion's. For tests only."""

    margin: float = 0.0

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        """Out: promoted, rolled back, or no update where candidate and champion are one."""
        candidate, champion, best = parties.candidate, parties.champion, parties.best
        if candidate == champion:
            return Verdict(decision="no update", champion=champion, best=best)
        target = hearing.abilities[0]
        if fmean(hearing.differences(candidate, champion, target)) < -self.margin:
            return Verdict(decision="rolled back", champion=champion, best=best)
        top = candidate if fmean(hearing.differences(candidate, best, target)) >= 0 else best
        return Verdict(decision="promoted", champion=candidate, best=top)
