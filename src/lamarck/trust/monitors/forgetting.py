"""Whether the learner loses abilities that it had: protected ones, and what earlier stages taught."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from lamarck.core import (
    Alarm,
    Choice,
    Context,
    Edit,
    Estimate,
    Evaluator,
    Finding,
    Learner,
    Objective,
    Parties,
    Phase,
    Seen,
    Sittings,
    State,
    Verdict,
    digest,
)
from lamarck.trust.monitors.telling import spread, told

REHEARSE: tuple[Edit, ...] = (Edit(path="updating.rehearse", times=1.5, least=0.25, most=0.6),)
"""More labelled rows of all that the environment has; those of ``replay`` are of the round's objective alone."""
GREEDY: Mapping[str, object] = {"samples": 0, "metric": "greedy"}
ONCE: Mapping[str, object] = {"samples": 1, "temperature": 0.0}
"""Fields of a cheap evaluation: greedy answers alone, of one whose metric can be that and of one whose cannot."""
START, ORIGIN, TAUGHT = " at start", " at origin", " when taught"
"""Whose scores: what the stage began with, what the run did, and the champion of the stage that trained it."""
SAID = "{ability}: {points:.1f} points below the {whom}, at least {low:.1f} at 99 %"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """How much the candidate is below a rival on one ability, paired by item."""

    ability: str
    whom: str
    found: Estimate


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """Compares the candidate, item by item, with who stood before it on what the round does not train.

    That are the protected abilities, by the round's scorecards, and the objectives of earlier stages, each on
    ``items`` items that stay the same, by the stage's own evaluation with greedy answers. Figures: "F <ability>",
    the largest loss against champion, best and base, or against the champions of the stages since the objective was
    trained; "on <objective>" what the candidate, the stage's start and the run's origin reach there, which are
    entries of :class:`lamarck.trust.forgetting.Matrix`.
    An alarm where the 99 % interval of a loss lies above ``limit``: the share of replayed rows rises. Where no edit
    changes anything (the update replays nothing, or as much as it may), the candidate is rolled back beyond
    ``beyond``. Source: Chaudhry et al. 2018 (arXiv:1801.10112), section 3, for the measure.
    """

    name: str = "forgetting"
    limit: float = 0.03
    """Loss that is put up with, as a share of the items. Clean runs of the pupil lose up to 0.1 on 40 items by chance,
    whose interval begins below this (benchmarks/monitors.py)."""
    beyond: float = 0.1
    """The same where only rolling back is left."""
    edits: tuple[Edit, ...] = REHEARSE
    items: int = 100
    """Of each objective."""
    level: float = 0.99

    def __call__(self, seen: Seen, ctx: Context) -> Finding:
        """Out: the losses and the scores behind the matrix."""
        if seen.parties.candidate == seen.parties.champion or not seen.sittings:
            return Finding(monitor=self.name)
        earlier, figures = self._earlier(seen, ctx)
        worst = dict[str, Loss]()
        for loss in (*self._protected(seen), *earlier):
            held = worst.get(loss.ability)
            worst[loss.ability] = loss if held is None or loss.found.low > held.found.low else held
        figures |= told({f"F {name}": loss.found for name, loss in worst.items()})
        return Finding(monitor=self.name, figures=figures, alarm=self._alarm(list(worst.values()), seen))

    def _alarm(self, losses: Sequence[Loss], seen: Seen) -> Alarm | None:
        felt = [loss for loss in losses if loss.found.low > self.limit]
        if not felt:
            return None
        reason = "; ".join(
            SAID.format(ability=one.ability, points=100 * one.found.value, low=100 * one.found.low, whom=one.whom)
            for one in felt
        )
        if edits := tuple(edit for edit in self.edits if edit(seen.cycle) != seen.cycle):
            return Alarm(reason=reason, edits=edits)
        return Alarm(reason=reason, roll_back=any(loss.found.low > self.beyond for loss in felt))

    def _protected(self, seen: Seen) -> Iterator[Loss]:
        """On the abilities that the round's evaluation protects."""
        heard = Sittings(earlier=seen.sittings[:-1], now=[seen.sittings[-1]], draw=lambda _abilities, _met: [])
        for ability in heard.abilities[1:]:
            for whom, rival in rivals(seen.parties):
                lost = heard.differences(rival, seen.parties.candidate, ability)
                if found := spread(lost, self.level):
                    yield Loss(ability=ability, whom=whom, found=found)

    def _earlier(self, seen: Seen, ctx: Context) -> tuple[list[Loss], dict[str, float]]:
        """On the objectives of earlier stages, and with them what was reached on this stage's own."""
        now = aim(ctx.objective)
        tasks = dict[str, tuple[Objective, Learner | None]]()
        for stage, goal in trained(ctx):
            tasks.setdefault(aim(goal), (goal, after(stage, ctx)))
        if seen.cycle.evaluation is None or not tasks.keys() - {now}:
            return [], {}
        measure, candidate = small(seen.cycle.evaluation, self.items), ctx.learner_of(seen.parties.candidate)
        losses, figures = list[Loss](), dict[str, float]()
        for name, (goal, taught) in {**tasks, now: (ctx.objective, None)}.items():
            mine = scores(measure, candidate, goal, ctx)
            known = {START: ctx.base, ORIGIN: ctx.role("origin"), **({TAUGHT: taught} if taught else {})}
            rows = {whom: remembered(measure, learner, goal, ctx) for whom, learner in known.items()}
            figures |= {f"on {name}{whom}": fmean(values) for whom, values in {"": mine, **rows}.items()}
            for whom in (START, TAUGHT) if taught else ():
                lost = [a - b for a, b in zip(rows[whom], mine, strict=True)]
                if found := spread(lost, self.level):
                    losses.append(Loss(ability=name, whom=f"learner{whom}", found=found))
        return losses, figures


def rivals(parties: Parties) -> Iterator[tuple[str, str]]:
    """Champion, best and base, each learner once and never the candidate."""
    met = {parties.candidate}
    for whom in ("champion", "best", "base"):
        if (rival := getattr(parties, whom)) not in met:
            met.add(rival)
            yield whom, rival


def aim(objective: Objective) -> str:
    """What an objective's tasks are, in words: "kind=exec, depth=2"; its ability where it has no parameters."""
    said = [f"{name}={value}" for name, value in sorted(objective.parameters.items())]
    return ", ".join(said) or objective.ability


def trained(ctx: Context) -> Iterator[tuple[int, Objective]]:
    """The stages before this one, and what each worked on last."""
    for stage, leg in enumerate(ctx.plan[: ctx.number]):
        for round in range(leg.rounds, 0, -1):
            if made := ctx.store.read(Phase(stage=stage, round=round, name="objective"), Choice):
                yield stage, made.objective
                break


def after(stage: int, ctx: Context) -> Learner | None:
    """The champion that a stage left."""
    for round in range(ctx.plan[stage].rounds, 0, -1):
        if verdict := ctx.store.read(Phase(stage=stage, round=round, name="verdict"), Verdict):
            return ctx.learner_of(verdict.champion)
    return None


def small(evaluation: Evaluator, items: int) -> Evaluator:
    """The evaluation with few items and greedy answers, as far as its fields allow."""
    known: Any = evaluation
    names = set[str](getattr(known, "__dataclass_fields__", ()))
    cheap = {"limit": items, "protected": 0, **(ONCE if "role" in names else GREEDY)}
    asked = {name: value for name, value in cheap.items() if name in names}
    return replace(known, **asked) if asked else evaluation


def scores(measure: Evaluator, learner: Learner, objective: Objective, ctx: Context) -> list[float]:
    """Values of the learner on the objective's items, which are the same in every round and stage."""
    at = replace(ctx, number=0, round=0, objective=objective, operator="monitors.forgetting")
    card = measure(learner, at)
    return list(card.target.metrics[card.metric])


def remembered(measure: Evaluator, learner: Learner, objective: Objective, ctx: Context) -> list[float]:
    """The same of a learner that stays, measured once a stage."""
    name = f"scores-{digest(learner.hash, aim(objective)):016x}"
    kept = ctx.kept(name, lambda: State(data={"values": scores(measure, learner, objective, ctx)}))
    return [float(value) for value in kept.data["values"]]
