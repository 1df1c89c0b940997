"""No test at all."""

from __future__ import annotations

from dataclasses import dataclass

from lamarck.core import Hearing, Parties, Verdict


@dataclass(frozen=True, kw_only=True)
class Open:
    """Makes every candidate the champion and says so: ``--gate off`` and stages of helpers."""

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        """Out: the candidate, "recorded"; nothing was tested. The higher mean on the target is the best."""
        candidate, champion, best = parties.candidate, parties.champion, parties.best
        if candidate == champion:
            return Verdict(decision="no update", champion=champion, best=best, reason="nothing to learn from")
        gain = sum(hearing.differences(candidate, best, hearing.abilities[0])) if candidate != best else 0.0
        higher = candidate if gain >= 0 else best
        return Verdict(decision="recorded", champion=candidate, best=higher, reason="the gate is off")
