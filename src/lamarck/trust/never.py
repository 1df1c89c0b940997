"""Cases that may never be lost, whatever the mean says: a hard constraint around another gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import MUST_PASS, Comparison, Gate, Hearing, Parties, Verdict
from lamarck.core.scores import Rival

HELD = -1.0
"""The difference on a case that the rival passes for sure and the learner fails for sure."""


@dataclass(frozen=True, kw_only=True)
class Never:
    """Rolls back a candidate that fails a case which the champion, or the best, passes; else asks ``gate``.

    Pass and fail are confirmed by repeats where the cases are scored (``operators.held_out``), which also says how
    often that errs. A case that either side passes only sometimes decides nothing here. The gate inside never hears of
    these cases, so its levels are those of a run without them. Where there are none it decides alone.
    """

    gate: Gate

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        """Out: the inner gate's verdict, or "rolled back" with the number of cases that were lost."""
        if MUST_PASS not in hearing.abilities:
            return self.gate.decide(hearing, parties)
        without = Without(hearing=hearing)
        if parties.candidate == parties.champion:
            return self.gate.decide(without, parties)
        made = _compared(hearing, parties)
        lost = [one for one in made if one.outcome == "worse"]
        if not lost:
            found = self.gate.decide(without, parties)
            return replace(found, comparisons=(*found.comparisons, *made))
        # the champion's own comparison goes on as where there was nothing to learn
        stands = self.gate.decide(without, replace(parties, candidate=parties.champion))
        why = "; ".join(_said(hearing, parties, one) for one in lost)
        return replace(stands, decision="rolled back", reason=why, comparisons=(*stands.comparisons, *made))


@dataclass(frozen=True, kw_only=True)
class Without:
    """A hearing that does not mention the cases that must pass."""

    hearing: Hearing

    @property
    def abilities(self) -> Sequence[str]:
        """All others, the target first."""
        return [ability for ability in self.hearing.abilities if ability != MUST_PASS]

    def metric(self, ability: str, /) -> str:
        """What one item's outcome is."""
        return self.hearing.metric(ability)

    def differences(self, learner: str, rival: str, ability: str, /) -> Sequence[float]:
        """Outcomes of one learner minus the rival's."""
        return self.hearing.differences(learner, rival, ability)

    def more(self, abilities: Sequence[str], /) -> bool:
        """Score everybody on fresh items of these abilities."""
        return self.hearing.more(abilities)


def _compared(hearing: Hearing, parties: Parties) -> list[Comparison]:
    """The candidate with the champion and the best on the cases, each once; no interval: a case lost is lost."""
    rivals: dict[str, Rival] = {parties.best: "best", parties.champion: "champion"}
    made = list[Comparison]()
    for rival, name in sorted(rivals.items(), key=lambda each: each[1], reverse=True):
        differences = hearing.differences(parties.candidate, rival, MUST_PASS)
        mean = fmean(differences) if differences else 0.0
        made.append(
            Comparison(
                ability=MUST_PASS,
                metric=hearing.metric(MUST_PASS),
                against=name,
                difference=mean,
                low=mean,
                high=mean,
                items=len(differences),
                outcome="worse" if any(each <= HELD for each in differences) else "safe",
            )
        )
    return made


def _said(hearing: Hearing, parties: Parties, one: Comparison) -> str:
    differences = hearing.differences(parties.candidate, getattr(parties, one.against), MUST_PASS)
    lost = sum(each <= HELD for each in differences)
    return f"must pass: {lost} of {one.items} cases lost that the {one.against} passes"
