"""One round as the loop sees it: each step is committed, or handed back if it was before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lamarck.core.context import Context
from lamarck.core.describe import describe
from lamarck.core.exchange import Choice, Harvest, Phase
from lamarck.core.protocols import Evaluator, NextObjective, Operator, Update
from lamarck.core.scores import Scorecard, Verdict
from lamarck.core.types import Batch, Learner, Objective

T = TypeVar("T")


def many(slot: T | tuple[T, ...]) -> tuple[T, ...]:
    """A slot as a chain: one operator is a chain of one."""
    return slot if isinstance(slot, tuple) else (slot,)  # pyright: ignore[reportUnknownVariableType]


class Stopped(Exception):
    """The phase the user asked to stop after is committed."""


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
            harvest = ctx.executor.run(chain, batch, ctx)
            if name == "tasks":
                sealed = [replace(e, task=ctx.seal(e.task)) for e in harvest.batch]
                return replace(harvest, batch=sealed)
            if name == "refinement" and batch and not harvest.batch:
                reasons = Counter(f"{drop.operator}: {drop.reason}" for drop in harvest.drops)
                ctx.store.event("empty", stage=ctx.number, round=ctx.round, into=len(batch), reasons=dict(reasons))
            return harvest

        kept = ctx.store.commit(self._at(name), Harvest, make).batch
        self._stop_after(name, *slots)
        return kept

    def updated(self, updates: Update | tuple[Update, ...], batch: Batch) -> Learner:
        """The candidate: each update in turn. The champion itself where there is nothing to learn."""
        ctx = self.ctx

        def make() -> Learner:
            ctx.store.event("phase", name="updating", stage=ctx.number, round=ctx.round, into=len(batch))
            learner = ctx.learner
            for name, update in _named("updating", updates):
                learner = update(learner, batch, ctx.within(name))
            return learner

        candidate = ctx.store.commit(self._at("updating"), Learner, make)
        self._stop_after("updating")
        return candidate

    def scored(self, evaluation: Evaluator, *learners: Learner) -> dict[str, Scorecard]:
        """Scorecards by learner hash, the candidate first, all on the same items."""
        ctx = self.ctx.within(f"evaluation.{type(evaluation).__name__}")
        unique = {learner.hash: learner for learner in learners}

        def make() -> list[Scorecard]:
            ctx.store.event("phase", name="evaluation", stage=ctx.number, round=ctx.round, into=len(unique))
            return [evaluation(learner, ctx) for learner in unique.values()]

        cards = ctx.store.commit(self._at("evaluation"), list[Scorecard], make)
        return {card.learner: card for card in cards}

    def judged(self, cards: dict[str, Scorecard], candidate: Learner, *rivals: Learner) -> Verdict:
        """The gate's verdict against champion and best; without rivals the candidate is recorded."""
        ctx = self.ctx

        def make() -> Verdict:
            if not rivals:
                return Verdict(decision="recorded", champion=candidate.hash, best=candidate.hash)
            champion, best = rivals
            return ctx.gate.decide(cards, candidate.hash, champion.hash, best.hash)

        verdict = ctx.store.commit(self._at("verdict"), Verdict, make)
        self._stop_after("evaluation")
        return verdict

    def chosen(self, following: NextObjective, objective: Objective, history: Sequence[Scorecard]) -> Objective:
        """The next round's objective; the event log keeps old, new and reason."""
        ctx = self.ctx.within(f"next.{type(following).__name__}")

        def make() -> Choice:
            choice = following(objective, history, ctx)
            old, new = describe(objective), describe(choice.objective)
            ctx.store.event("objective", stage=ctx.number, round=ctx.round, old=old, new=new, reason=choice.reason)
            return choice

        choice = ctx.store.commit(self._at("objective"), Choice, make)
        return choice.objective

    def _at(self, name: str) -> Phase:
        return Phase(stage=self.ctx.number, round=self.ctx.round, name=name)

    def _stop_after(self, *names: str) -> None:
        if self.ctx.limits.until in names:
            raise Stopped


def _named(slot: str, operators: T | tuple[T, ...]) -> list[tuple[str, T]]:
    chain = many(operators)
    names = [f"{slot}.{type(operator).__name__}" for operator in chain]
    # two operators of one class in one slot need different seeds
    pairs = enumerate(zip(names, chain, strict=True))
    return [(name if names.count(name) == 1 else f"{name}.{i}", operator) for i, (name, operator) in pairs]
