"""The gate: is the candidate worse than those who stand, safe beside them, or better? One body, two rulings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Comparison, Hearing, Parties, Verdict
from lamarck.core.scores import Decision
from lamarck.trust import comparing, reasons
from lamarck.trust.betting import Tally, needed, smallest
from lamarck.trust.comparing import PAIRS, SAFE, Levels


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Rolls back what is worse, promotes what is safe, and goes on comparing what it promoted.

    A candidate is compared with the champion and the best so far on the target, with the champion and the stage's
    base on protected abilities, on further items until every comparison is decided or has ``cap`` items. *worse* on
    anything: rolled back at once. *safe* or *better* on everything: promoted, and the new best where it is better
    than the best on the target. Else provisional. A champion that is not the best is compared again on each round's
    new items: worse, and the best takes its place (``withdrawn``); better and safe, and it is the best.

    Every comparison is a confidence sequence, so looks are free. Its upper end, "worse", has the level alpha /
    (rounds x abilities x 2): the chance that the run ever calls an equal learner worse is at most alpha. Its lower
    end, "safe" and "better", has alpha / rounds: a candidate must pass every comparison, so the chance that the run
    ever promotes as safe a learner that loses more than the margin on something is at most alpha.
    Source: Waudby-Smith and Ramdas 2024 (arXiv:2010.09686) for the sequence; Berger 1982 for "every comparison".
    """

    alpha: float = 0.05
    rounds: int = 1
    """How many verdicts the run can make."""
    margin: float = 0.05
    """How much worse still counts as safe, in the metric's unit."""
    cap: int = 2000
    """Items after which a comparison of a candidate asks for no more."""
    unproven: ClassVar[Decision] = "provisional"
    """What becomes of a candidate that is not shown to be worse and does not pass either."""

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        """Out: the verdict with every comparison made, the champion's own first."""
        levels, target = self.levels(len(hearing.abilities)), hearing.abilities[0]
        before = comparing.champion(hearing, parties, levels)
        stands = _standing(parties, before, target)
        if parties.candidate in (parties.champion, stands.champion):
            return _verdict("no update", parties, stands, before, reasons.SAME)
        made, looks = self._heard(hearing, stands, levels)
        if worse := [one for one in made if one.outcome == "worse"]:
            # the looks at the candidate gave the champion new items too
            if again := comparing.champion(hearing, stands, levels):
                before, stands = again, _standing(stands, again, target)
            return _verdict("rolled back", parties, stands, [*before, *made], f"worse: {reasons.listed(worse)}")
        missing = [one for one in made if not self.passes(one, one.ability == target)]
        if missing:
            why = "; ".join(self._shortfall(one, hearing, stands, levels) for one in missing)
            return _verdict(self.unproven, parties, stands, [*before, *made], f"{why}; {reasons.looked(looks)}")
        best = parties.candidate if is_better(made, target) else stands.best
        why = f"{reasons.passed(made, self.margin)}; {reasons.looked(looks)}"
        return _verdict("promoted", parties, replace(stands, best=best), [*before, *made], why)

    def levels(self, abilities: int) -> Levels:
        """The levels of one comparison in a run of ``rounds`` verdicts on so many abilities."""
        a_round = self.alpha / max(self.rounds, 1)
        return Levels(worse=a_round / (abilities * PAIRS), shown=a_round, margin=self.margin)

    def passes(self, one: Comparison, is_target: bool) -> bool:
        """Whether this comparison is good enough for a promotion."""
        return one.outcome in SAFE

    def _heard(self, hearing: Hearing, parties: Parties, levels: Levels) -> tuple[list[Comparison], int]:
        """Compare, and ask for items of what is open as long as there are any. Out: the last comparisons, looks."""
        made, looks, dry = comparing.candidate(hearing, parties, levels), 1, set[str]()
        while not any(one.outcome == "worse" for one in made):
            target, items = hearing.abilities[0], {one.ability: one.items for one in made}
            open_ = [one for one in made if not self.passes(one, one.ability == target) and one.items < self.cap]
            asked = list(dict.fromkeys(one.ability for one in open_ if one.ability not in dry))
            if not asked or not hearing.more(asked):
                break
            made, looks = comparing.candidate(hearing, parties, levels), looks + 1
            # a fixed set has no further items, whatever the others have
            dry |= {one.ability for one in made if one.ability in asked and one.items <= items[one.ability]}
        return made, looks

    def _shortfall(self, one: Comparison, hearing: Hearing, parties: Parties, levels: Levels) -> str:
        """Why a comparison does not pass: what its items could have shown, and how many show the margin."""
        rival = getattr(parties, one.against)
        spread = Tally.of(hearing.differences(parties.candidate, rival, one.ability)).discordance
        level = self.decisive(levels)
        return reasons.shortfall(
            one, self.margin, smallest(one.items, spread, level), needed(self.margin, spread, level) - one.items
        )

    def decisive(self, levels: Levels) -> float:
        """The level at which a reason says what items can show."""
        return levels.worse


@dataclass(frozen=True, kw_only=True)
class Strict(Guard):
    """Promotes only what is shown to be better than champion and best on the target, and safe elsewhere.

    The levels are the guard's. Since "better" has alpha / rounds, the chance that any promotion of the run is of a
    learner that is not better is at most alpha. What stays undecided, on the target or on a protected ability, is
    rolled back: here the burden of proof is the candidate's.
    """

    unproven: ClassVar[Decision] = "rolled back"

    def passes(self, one: Comparison, is_target: bool) -> bool:
        """Whether this comparison is good enough for a promotion."""
        return one.outcome == "better" if is_target else super().passes(one, is_target)

    def decisive(self, levels: Levels) -> float:
        """The level at which a reason says what items can show."""
        return levels.shown


def is_better(made: Sequence[Comparison], target: str) -> bool:
    """Whether the last comparison on the target, which is the one with the best, says better."""
    return next(one.outcome for one in reversed(made) if one.ability == target) == "better"


def _standing(parties: Parties, made: Sequence[Comparison], target: str) -> Parties:
    """Who is champion and best after the champion's own comparisons."""
    if any(one.outcome == "worse" for one in made):
        return replace(parties, champion=parties.best)
    if made and all(one.outcome in SAFE for one in made) and is_better(made, target):
        return replace(parties, best=parties.champion)
    return parties


def _verdict(decision: Decision, parties: Parties, stands: Parties, made: Sequence[Comparison], why: str) -> Verdict:
    """The verdict where ``stands`` is who would be champion and best without the candidate's promotion."""
    is_champion = decision in ("promoted", "provisional")
    withdrawn = parties.champion if stands.champion != parties.champion else ""
    if withdrawn:
        found = [one for one in made if one.learner == "champion" and one.outcome == "worse"]
        why = f"the champion was withdrawn, worse: {reasons.listed(found)}; {why}"
    return Verdict(
        decision=decision,
        champion=parties.candidate if is_champion else stands.champion,
        best=stands.best,
        comparisons=tuple(made),
        reason=why,
        withdrawn=withdrawn,
    )
