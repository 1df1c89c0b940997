"""The judges of an evaluation, and what they are worth: each is tried on anchors every round before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lamarck.core import Context, Estimate, Learner, Phase, State, UsageError, digest
from lamarck.operators.anchors import Anchor, from_file, from_world, packed, unpacked
from lamarck.operators.duels import Ask, Duel, Votes, one_vote
from lamarck.operators.judging import player
from lamarck.trust.agreement import Vote
from lamarck.trust.calibration import Calibration, Drift, Trial, calibrate, combined, drifted, weight

DRIFT = 0.05
"""Chance of a false alarm about a judge in all rounds of a stage."""
FEWEST = 10
"""Anchors without which a judge counts as not calibrated."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A judge, what its vote weighs, and whether it can be believed."""

    role: str
    judge: Learner
    weight: float = 1.0
    trusted: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Judges who vote on pairs."""

    seats: tuple[Seat, ...]
    ask: Ask

    @property
    def trusted(self) -> bool:
        """Whether every judge that counts was calibrated this round, beats chance and has not drifted."""
        return all(seat.trusted for seat in self.seats if seat.weight > 0)

    def votes(self, duels: Sequence[Duel], ctx: Context) -> tuple[list[Vote | None], int]:
        """One vote a pair, and how many replies could not be read."""
        heard = [self.ask(duels, seat.judge, ctx.under(seat.role)) for seat in self.seats]
        unread = sum(vote is None for votes in heard for pair in votes for vote in pair)
        weights = [seat.weight for seat in self.seats]
        return [combined([one_vote(votes[i]) for votes in heard], weights) for i in range(len(duels))], unread


def seated(roles: str, ctx: Context, asker: str, ask: Ask, *, anchors: int = 0, file: str = "") -> Panel:
    """The judges that the roles name ("judge", or "judge,judge2"), calibrated where there are anchors.

    In: how many anchors to make of the environment, or a file of the user's. One judge has the weight 1. Several have
    what their accuracy is worth, those not shown to be better than chance 0; where nobody is, all have the same.
    An event "calibrated" a judge and round tells what was measured. Raises: UsageError for a role that nobody plays.
    """
    named = [(role, player(role, ctx, asker)) for role in several(roles)]
    seats = [_seat(role, judge, ctx, ask, anchors, file) for role, judge in named]
    if len(seats) == 1 or not any(seat.weight for seat in seats):
        seats = [replace(seat, weight=1.0) for seat in seats]
    return Panel(seats=tuple(seats), ask=ask)


def _seat(role: str, judge: Learner, ctx: Context, ask: Ask, anchors: int, file: str) -> Seat:
    if not anchors and not file:
        return Seat(role=role, judge=judge)
    at = ctx.within(f"calibration.{role}")
    name = f"judge-{role}"
    done = ctx.store.read(Phase(stage=ctx.number, round=ctx.round, name=f"state-{name}"), State)
    if done:
        return _judged(role, judge, done, ctx, tell=False)

    def first() -> State:
        made = from_file(file) if file else from_world(anchors, judge, at)
        return _tried(made, judge, at, ask, before=None)

    if ctx.round == 0:
        now = ctx.store.commit(Phase(stage=ctx.number, round=0, name=f"state-{name}"), State, first)
    else:
        before = ctx.kept(name, first)
        now = _tried(unpacked(before.data["anchors"]), judge, at, ask, before=before)
        ctx.keep(name, now)
    return _judged(role, judge, now, ctx, tell=True)


def _tried(anchors: Sequence[Anchor], judge: Learner, ctx: Context, ask: Ask, before: State | None) -> State:
    """The judge on the anchors, as search state: the anchors, its votes, and those it had at first."""
    duels = [
        Duel(
            key=f"anchor {i}",
            asked=anchor.task,
            fields=anchor.fields,
            a=getattr(anchor, _first(i)),
            b=anchor.worse if _first(i) == "better" else anchor.better,
        )
        for i, anchor in enumerate(anchors)
    ]
    votes = [list(pair) for pair in ask(duels, judge, ctx)] if duels else []
    begun = before.data["begun"] if before else votes
    return State(data={"judge": judge.hash, "anchors": packed(anchors), "votes": votes, "begun": begun})


def _first(number: int) -> str:
    """Which answer of an anchor is called a: by lot, the same in every round and run."""
    return ("better", "worse")[digest("anchor", number) % 2]


def _judged(role: str, judge: Learner, state: State, ctx: Context, *, tell: bool) -> Seat:
    anchors = unpacked(state.data["anchors"])
    now, begun = (_trials(anchors, state.data[name]) for name in ("votes", "begun"))
    if len(now) < FEWEST:
        reason = f"{len(now)} anchors are too few, {FEWEST} is the least; give a file of pairs as anchor_file"
        if tell:
            ctx.store.event("calibrated", role=role, judge=judge.hash, anchors=len(now), trusted=False, reason=reason)
        return Seat(role=role, judge=judge)
    found = calibrate(now)
    rounds = max(ctx.plan[ctx.number].rounds if ctx.plan else 1, 1)
    drift = drifted(begun, now, DRIFT / rounds)
    reason = _reason(found, drift)
    trusted = found.able and not drift.alarm
    seat = Seat(role=role, judge=judge, weight=weight(found) if trusted else 0.0, trusted=trusted)
    if tell:
        told = _told(found, drift)
        ctx.store.event(
            "calibrated", role=role, judge=judge.hash, trusted=trusted, weight=seat.weight, reason=reason, **told
        )
    return seat


def _trials(anchors: Sequence[Anchor], votes: Sequence[Sequence[Any]]) -> list[Trial]:
    found = list[Trial]()
    for i, (anchor, pair) in enumerate(zip(anchors, votes, strict=True)):
        both: Votes = tuple(pair) if len(pair) == 2 else (pair[0], pair[0])
        truth: Any = "a" if _first(i) == "better" else "b"
        traits: Any = anchor.traits(_first(i))
        found.append(Trial(forward=both[0], backward=both[1], truth=truth, traits=traits))
    return found


def _reason(found: Calibration, drift: Drift) -> str:
    said = list[str]()
    if not found.able:
        said.append("not shown to be better than chance on the anchors")
    if drift.alarm:
        said.append("not what it was on the same anchors")
    if found.accused:
        said.append(f"leans by {', '.join(found.accused)}")
    return "; ".join(said) or "no bias shown"


def _told(found: Calibration, drift: Drift) -> dict[str, Any]:
    """The figures as an event keeps them: value, low, high."""

    def three(one: Estimate | None) -> list[float] | None:
        return [round(each, 4) for each in (one.value, one.low, one.high)] if one else None

    figures = {name: three(getattr(found, name)) for name in ("first", "second", "both", "consistency", "kappa")}
    return {
        "anchors": found.anchors,
        **figures,
        "unread": three(found.unread),
        "biases": {name: three(one) for name, one in found.biases.items()},
        "accused": list(found.accused),
        "drift": {name: three(one) for name, one in drift.changes.items()},
        "chance": drift.chance,
    }


def several(role: str) -> tuple[str, ...]:
    """The roles that a field ``role`` names, one or several with commas between; for checks before a run."""
    found = tuple(part.strip() for part in role.split(","))
    if not all(found):
        raise UsageError(f"role='{role}' names nobody at one of its commas; write judge or judge,judge2")
    return found
