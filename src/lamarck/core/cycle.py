"""The self-evolution cycle: what a method is, and the one loop that runs every method.

Survey: arXiv:2404.14387, figure 2. For each round: evolve tasks -> solve -> feedback -> refine ->
update (gives a candidate) -> evaluate (scorecards) -> gate (promote or roll back) -> next objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial

from lamarck.core.context import Context, Leg
from lamarck.core.hearing import Sitting
from lamarck.core.monitor import Finding, Seen, edited
from lamarck.core.protocols import Evaluator, Fixed, NextObjective, Operator, Update
from lamarck.core.round import Case, Round, Stopped
from lamarck.core.scores import Scorecard, Verdict
from lamarck.core.types import Batch, Learner, Objective

MAKING = ("tasks", "solutions", "feedback", "refinement")
"""No round of a run that stops at one of these goes further: it makes data, and trains and measures nobody."""
Slot = Operator | tuple[Operator, ...]


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """One method as data: a slot a phase, in the survey's order. Every slot but ``updating`` or
    ``evaluation`` may be empty."""

    objective: Objective
    tasks: Slot = ()
    solutions: Slot = ()
    feedback: Slot = ()
    refinement: Slot = ()
    updating: Update | tuple[Update, ...] = ()
    evaluation: Evaluator | None = None
    next: NextObjective = field(default_factory=Fixed)
    rounds: int = 1
    """0 for a protocol: an evaluation alone, made once."""
    patience: int = 0
    """The stage ends after so many verdicts in a row that promote nobody; 0 = it makes all its rounds."""
    updates: str = "learner"
    """The role whose learner this cycle updates."""
    begin_from: str = ""
    """The role it is copied from first; "" = the role itself."""
    gated: bool = True
    """Whether a candidate must pass the gate; stages of helpers (a verifier, a spin-off) set False."""
    transductive: bool = False
    """The method improves on the very tasks it meets; never claimed as generalisation."""
    name: str = ""
    """Of the stage, for people."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Cycles run in order, each from the champions the earlier ones left, ``repeat`` times over."""

    cycles: tuple[Cycle, ...]
    repeat: int = 1


Method = Cycle | Stages
"""What a recipe returns."""


def stages(method: Method) -> tuple[Cycle, ...]:
    """The cycles of a method in the order they run."""
    return method.cycles * method.repeat if isinstance(method, Stages) else (method,)


def run(method: Method, ctx: Context) -> Context:
    """Run every stage. Out: the context with each role's champion.

    Every result goes through the store, which hands back what an earlier process committed, so
    resuming a run is calling this once more.
    """
    ctx = ctx.planned(tuple(Leg(name=cycle.name, rounds=cycle.rounds) for cycle in stages(method)))
    for number, cycle in enumerate(stages(method)):
        try:
            champion = evolve(cycle, ctx.stage(number, cycle.updates, cycle.begin_from))
        except Stopped:
            return ctx
        ctx = ctx.crown(cycle.updates, champion)
    return ctx


def evolve(cycle: Cycle, ctx: Context) -> Learner:
    """One stage: its rounds in order. Out: the champion.

    A round works on from the champion, or where no verdict was due from the last candidate.
    """
    if ctx.limits.until in MAKING:
        return _gathered(cycle, ctx)
    champion = best = working = ctx.base
    objective, gated = cycle.objective, cycle.gated and cycle.evaluation is not None
    history, sittings, idle = list[Scorecard](), list[Sitting](), 0
    if cycle.evaluation and ctx.limits.until != "updating":  # which measures nobody
        history += Round(ctx.at(0, objective, champion)).scored(cycle.evaluation, champion)
    for number in range(1, cycle.rounds + 1):
        now = Round(ctx.at(number, objective, working))
        batch = _made(now, cycle)
        candidate = now.updated(cycle.updating, batch)
        case = Case(candidate=candidate, champion=champion, best=best, base=ctx.base)
        due = not gated or ctx.due(number, cycle.rounds)
        watch = partial(_watched, now, cycle, case, batch, sittings)
        verdict = now.judged(cycle.evaluation if due else None, case, sittings, watch, gated=gated)
        champion, best = case.learner(verdict.champion), case.learner(verdict.best)
        working = candidate if verdict.decision == "deferred" else champion
        met = now.sittings()
        history += [card for card in (met[0] if met else ()) if card.learner == champion.hash]
        sittings += met
        cycle = edited(cycle, found := now.findings())
        if verdict.decision != "deferred":
            idle = 0 if verdict.champion == candidate.hash != case.champion.hash else idle + 1
        if any(finding.alarm and finding.alarm.stop for finding in found) or 0 < cycle.patience <= idle:
            break
        objective = now.chosen(cycle.next, objective, history)
    return champion


def _gathered(cycle: Cycle, ctx: Context) -> Learner:
    """The data of all rounds, by the learner that the stage begins with. Out: this learner."""
    for number in range(1, cycle.rounds + 1):
        with suppress(Stopped):
            _made(Round(ctx.at(number, cycle.objective, ctx.base)), cycle)
    return ctx.base


def _made(now: Round, cycle: Cycle) -> Batch:
    """What a round has to learn from."""
    batch = now.phase("tasks", [], tasks=cycle.tasks)
    batch = now.phase("feedback", batch, solutions=cycle.solutions, feedback=cycle.feedback)
    return now.phase("refinement", batch, refinement=cycle.refinement)


def _watched(
    now: Round, cycle: Cycle, case: Case, kept: Batch, earlier: Sequence[Sitting], verdict: Verdict
) -> list[Finding]:
    """What the monitors make of a round."""
    sampled = cache(lambda: now.ctx.store.batch(now.address("feedback")))  # read once, whoever looks

    def seen(name: str) -> Seen:
        before = [now.findings(back) for back in range(now.ctx.round - 1, 0, -1)]
        return Seen(
            cycle=cycle,
            samples=sampled(),
            kept=kept,
            sittings=[*earlier, *now.sittings()],
            parties=case.parties,
            verdict=verdict,
            earlier=[one for found in before for one in found if one.monitor == name],
        )

    return now.watched(seen)
