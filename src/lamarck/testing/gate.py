"""A gate without statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lamarck.core import Scorecard, Verdict


@dataclass(frozen=True, kw_only=True)
class PlainGate:
    """Promotes a candidate whose score is not more than ``margin`` below the champion's. For tests only."""

    margin: float = 0.0

    def decide(self, cards: Mapping[str, Scorecard], candidate: str, champion: str, best: str, /) -> Verdict:
        """Out: promoted, rolled back, or no update where candidate and champion are one."""
        if candidate == champion:
            return Verdict(decision="no update", champion=champion, best=best)
        if cards[candidate].value < cards[champion].value - self.margin:
            return Verdict(decision="rolled back", champion=champion, best=best)
        top = max(candidate, best, key=lambda learner: cards[learner].value)
        return Verdict(decision="promoted", champion=candidate, best=top)
