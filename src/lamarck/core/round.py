"""One round as the loop sees it: each step is committed, or handed back if it was before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TypeVar

from lamarck.core.context import Context
from lamarck.core.describe import describe
from lamarck.core.exchange import Choice, Harvest, Phase
from lamarck.core.hearing import Sitting, Sittings
from lamarck.core.monitor import Finding, Seen, overruled
from lamarck.core.protocols import Evaluator, NextObjective, Operator, Resampling, Update
from lamarck.core.scores import Parties, Scorecard, Verdict
from lamarck.core.types import Batch, Learner, Objective

T = TypeVar("T")


def many(slot: T | tuple[T, ...]) -> tuple[T, ...]:
    """A slot as a chain: one operator is a chain of one."""
    return slot if isinstance(slot, tuple) else (slot,)  # pyright: ignore[reportUnknownVariableType]


class Stopped(Exception):
    """The phase that the user asked to stop after is committed."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Whom the gate decides about in one round."""

    candidate: Learner
    champion: Learner
    best: Learner
    base: Learner

    @property
    def parties(self) -> Parties:
        """Their hashes."""
        one, two, three, four = self.candidate.hash, self.champion.hash, self.best.hash, self.base.hash
        return Parties(candidate=one, champion=two, best=three, base=four)

    @property
    def learners(self) -> tuple[Learner, ...]:
        """Each once, the candidate first."""
        return tuple({one.hash: one for one in (self.candidate, self.champion, self.best, self.base)}.values())

    def learner(self, hash: str) -> Learner:
        """The one of this hash."""
        return next(one for one in self.learners if one.hash == hash)


@dataclass(frozen=True)
class Round:
    """The steps of one round. Every method asks the store first."""

    ctx: Context

    def phase(self, name: str, batch: Batch, **slots: Operator | tuple[Operator, ...]) -> Batch:
        """Run the operators of the slots over the batch. Out: what they kept."""
        chain = [named for slot, operators in slots.items() for named in _named(slot, operators)]
        ctx = self.ctx

        def make() -> Harvest:
            ctx.store.event("phase", name=name, stage=ctx.number, round=ctx.round, into=len(batch))
            harvest = ctx.executor.run(chain, batch, ctx.guarded())
            if name == "tasks":
                harvest = ctx.sieve.harvest(harvest)
                harvest = replace(harvest, batch=[replace(e, task=ctx.seal(e.task)) for e in harvest.batch])
            elif ctx.limits.until in (name, *slots):
                harvest = ctx.sieve.harvest(harvest, whole=True)
            into = len(batch) or len(harvest.drops)
            if name != "feedback" and into and not harvest.batch:
                reasons = Counter(f"{drop.operator}: {drop.reason}" for drop in harvest.drops)
                told = {"phase": name, "into": into, "reasons": dict(reasons)}
                ctx.store.event("empty", stage=ctx.number, round=ctx.round, **told)
            return harvest

        kept = ctx.store.commit(self.address(name), Harvest, make).batch
        self._stop_after(name, *slots)
        return kept

    def updated(self, updates: Update | tuple[Update, ...], batch: Batch) -> Learner:
        """The candidate: each update in turn. The champion itself where there is nothing to learn."""
        ctx = self.ctx

        def make() -> Learner:
            ctx.store.event("phase", name="updating", stage=ctx.number, round=ctx.round, into=len(batch))
            learner, clean = ctx.learner, ctx.sieve.batch(batch)
            for name, update in _named("updating", updates):
                at = ctx.guarded().within(name)
                learner = at.sieve.updated(learner, partial(update, learner, clean, at))
            return learner

        candidate = ctx.store.commit(self.address("updating"), Learner, make)
        self._stop_after("updating")
        return candidate

    def scored(self, evaluation: Evaluator, *learners: Learner) -> Sitting:
        """Scorecards of the learners, each once, all on the same items."""
        ctx = self.ctx.within(f"evaluation.{type(evaluation).__name__}")
        unique = {learner.hash: learner for learner in learners}

        def make() -> list[Scorecard]:
            ctx.store.event("phase", name="evaluation", stage=ctx.number, round=ctx.round, into=len(unique))
            return ctx.sieve.looked([evaluation(learner, ctx) for learner in unique.values()])

        return ctx.sieve.met(ctx.store.commit(self.address("evaluation"), list[Scorecard], make))

    def judged(
        self,
        evaluation: Evaluator | None,
        case: Case,
        earlier: Sequence[Sitting],
        watch: Callable[[Verdict], Sequence[Finding]],
        *,
        gated: bool,
    ) -> Verdict:
        """The gate's verdict, if no monitor overrules it; each further look that it takes is committed by itself.

        An ungated candidate is champion. A gated one without evaluation is not due: the champion stands.
        """
        ctx, parties = self.ctx, case.parties
        sitting = self.scored(evaluation, *(case.learners if gated else (case.candidate,))) if evaluation else []

        def make() -> Verdict:
            if not gated:
                return Verdict(decision="recorded", champion=parties.candidate, best=parties.candidate)
            if evaluation is None:
                found = Verdict(decision="deferred", champion=parties.champion, best=parties.best)
            else:
                look = partial(self._look, evaluation, case, count(1))
                found = ctx.gate.decide(Sittings(earlier=earlier, now=[sitting], draw=look), parties)
            return overruled(found, parties, watch(found))

        verdict = ctx.store.commit(self.address("verdict"), Verdict, make)
        self._stop_after("evaluation")
        return verdict

    def watched(self, seen: Callable[[str], Seen]) -> list[Finding]:
        """What every monitor found; ``seen`` is what one of this name may look at."""

        def make() -> list[Finding]:
            found = list[Finding]()
            for monitor in self.ctx.monitors:
                finding = monitor(seen(monitor.name), self.ctx.within(f"monitors.{monitor.name}"))
                found.append(finding)
                if alarm := finding.alarm:
                    self.ctx.store.event(
                        "alarm",
                        stage=self.ctx.number,
                        round=self.ctx.round,
                        monitor=monitor.name,
                        alarm=describe(alarm),
                    )
            return found

        return self.ctx.store.commit(self.address("monitors"), list[Finding], make) if self.ctx.monitors else []

    def findings(self, back: int = 0) -> Sequence[Finding]:
        """What the monitors found this round, or so many rounds before."""
        at = replace(self.address("monitors"), round=self.ctx.round - back)
        return self.ctx.store.read(at, list[Finding]) or ()

    def sittings(self) -> list[Sitting]:
        """What this round's learners were scored on, the first look and every further one."""
        found = list[Sitting]()
        while sitting := self.ctx.store.read(self.address(_nth(len(found))), list[Scorecard]):
            found.append(sitting)
        return [self.ctx.sieve.met(sitting) for sitting in found]

    def _look(
        self, evaluation: Evaluator, case: Case, numbers: Iterator[int], abilities: Sequence[str], met: Set[str]
    ) -> Sitting:
        """One more look: everybody on items of these abilities that nobody met this round."""
        if not isinstance(evaluation, Resampling):
            return []
        further: Resampling = evaluation
        name = _nth(next(numbers))
        ctx = self.ctx.within(f"evaluation.{type(evaluation).__name__}.{name}")
        wanted = frozenset(abilities)

        def make() -> list[Scorecard]:
            return ctx.sieve.looked([further.more(learner, ctx, wanted, met) for learner in case.learners])

        return ctx.store.commit(self.address(name), list[Scorecard], make)

    def chosen(self, following: NextObjective, objective: Objective, history: Sequence[Scorecard]) -> Objective:
        """The next round's objective; the event log keeps old, new and reason."""
        ctx = self.ctx.within(f"next.{type(following).__name__}")

        def make() -> Choice:
            choice = following(objective, history, ctx)
            old, new = describe(objective), describe(choice.objective)
            ctx.store.event("objective", stage=ctx.number, round=ctx.round, old=old, new=new, reason=choice.reason)
            return choice

        choice = ctx.store.commit(self.address("objective"), Choice, make)
        return choice.objective

    def address(self, name: str) -> Phase:
        """Where a phase of this round lies."""
        return Phase(stage=self.ctx.number, round=self.ctx.round, name=name)

    def _stop_after(self, *names: str) -> None:
        if self.ctx.limits.until in names:
            raise Stopped


def _nth(number: int) -> str:
    """The phase of an evaluation's first look, or of a further one."""
    return f"look-{number}" if number else "evaluation"


def _named(slot: str, operators: T | tuple[T, ...]) -> list[tuple[str, T]]:
    chain = many(operators)
    names = [f"{slot}.{type(operator).__name__}" for operator in chain]
    # two operators of one class in one slot need different seeds
    pairs = enumerate(zip(names, chain, strict=True))
    return [(name if names.count(name) == 1 else f"{name}.{i}", operator) for i, (name, operator) in pairs]
