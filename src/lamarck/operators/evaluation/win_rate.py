"""How often the learner's answer is better than an opponent's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from lamarck.core import Context, Learner, Names, Score, Scorecard, Solution, Task
from lamarck.operators.annotators import Annotators
from lamarck.operators.duels import Comparing, Duel
from lamarck.operators.held_out import HeldOut, first_look, further_look
from lamarck.operators.judging import reference
from lamarck.operators.lengths import CONTROLLED, with_control
from lamarck.operators.opponents import WRITER, opponent, written
from lamarck.operators.panel import seated
from lamarck.operators.rulings import decided, heard, ruled
from lamarck.operators.turns import dialogues, views
from lamarck.trust.agreement import win_rate

METRIC = "win rate"
WORTH = {"a": 1.0, "tie": 0.5, "b": 0.0, None: None}
Pair = tuple[Task, Solution | None, Solution | None]
"""A task, the learner's answer and the opponent's."""


@dataclass(frozen=True, kw_only=True)
class WinRate(HeldOut):
    """Win 1, tie 0.5, loss 0 against an opponent's answer to the same task; beside it the protected abilities.

    Out: a scorecard with one value an item, the mean over its samples and turns. Judged by a model, each pair is shown
    in both orders: only a verdict that stays with the answer wins. A pair whose reply says no verdict, or two, counts
    nothing; an item without any is ``unread``. Several judges, ``role="judge,judge2"``, vote by what their accuracy on
    the anchors is worth. Where the environment passes one answer and fails the other, no judge is asked. An event
    "compared" counts wins, ties, losses, unread replies and those pairs, and keeps the mean length of both sides.
    Raises: UsageError for an opponent or judge that the run does not have: the learner never stands in for one.
    Source: both orders, MT-Bench (arXiv:2306.05685), section 3.4; win rate against a fixed opponent, AlpacaFarm
    (arXiv:2305.14387). Differs: equal texts tie unasked.
    """

    against: str = "origin"
    """The opponent's role: what the run began with, what the stage began with ("base"), or another learner; or
    "reference": the tasks' own answers."""
    role: str = "judge"
    """Who compares: models' roles with commas between, or "environment": its own check, by the higher score."""
    samples: int = 1
    """Answers an item and side."""
    temperature: float = 0.0
    temperatures: Mapping[str, float] = field(default_factory=dict[str, float])
    """Another temperature for the tasks of a node (a category)."""
    metric: Literal["win rate", "length-controlled"] = METRIC
    """What the gate goes by. "length-controlled" is measured beside the win rate where it is asked for; a gate takes
    its weights as known, though they come from the same items."""
    annotators: Annotators | None = None
    """Each pair is compared by one of a pool, in place of all the judges by ``prompt``; the roles are ``role``'s."""
    prompt: str = "win_rate/compare"
    """Its fields: the task's own, "task" (its words), "reference", "first" and "second" (the answers), "fence"."""
    swap: bool = True
    """Ask in both orders; False shows the learner's answer first."""
    once: bool = True
    """Show a judge no line of an answer that an earlier line has said."""
    reference: bool = False
    """Show a judge the task's right answer where there is one."""
    verdicts: bool = True
    """Let the environment's verdicts decide where they differ, if the recipe's labels allow a look."""
    anchors: int = 0
    """Pairs with a known better answer, made of the environment, to calibrate each judge on every round; 0 = none."""
    anchor_file: str = ""
    """Such pairs of the user's own, in place of the environment's: rows with task, better, worse."""
    max_tokens: int | None = 2048
    """Of a judge's reply."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the win rate first, then its nodes' where tasks name one, then the protected abilities' accuracy."""
        return heard(
            Scorecard(learner=learner.hash, scores=first_look(self, learner, ctx), metric=self.metric), self.role
        )

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The same on fresh items of these abilities; a fixed set has none beyond its first look."""
        scores = further_look(self, learner, ctx, abilities, skip)
        return Scorecard(learner=learner.hash, scores=scores, metric=self.metric)

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """The win rate on these tasks."""
        other, n = opponent(self.against, ctx, "WinRate"), self.samples
        sides = [
            dialogues(tasks, side, ctx, n, self.temperatures, self.temperature)
            if side is not WRITER
            else written(tasks, ctx, n, "WinRate")
            for side in (learner, other)
        ]
        pairs: list[Pair] = [
            (task, mine, theirs)
            for task, mine_n, theirs_n in zip(tasks, *sides, strict=True)
            for mine, theirs in zip(mine_n, theirs_n, strict=True)
        ]
        if self.role == "environment":
            outcomes, told = [_compared(pair, ctx) for pair in pairs], dict[str, float]()
        else:
            outcomes, told = self._judged(pairs, ctx)
        ctx.store.event(
            "compared",
            learner=learner.hash,
            against=other.hash,
            split=self.split,
            wins=sum(each is not None and each > 0.5 for each in outcomes),
            ties=outcomes.count(0.5),
            losses=sum(each is not None and each < 0.5 for each in outcomes),
            standard_error=_error([each for each in outcomes if each is not None]),
            characters=[_length([mine for _, mine, _ in pairs]), _length([theirs for _, _, theirs in pairs])],
            **told,
        )
        values = [[each for each in outcomes[i * n : (i + 1) * n] if each is not None] for i in range(len(tasks))]
        made = ruled(ability, METRIC, tasks, [fmean(some) if some else None for some in values], self.split)
        return with_control(made, pairs, outcomes, ctx) if self.metric == CONTROLLED else made

    def _judged(self, pairs: Sequence[Pair], ctx: Context) -> tuple[list[float | None], dict[str, float]]:
        """Each pair's outcome, None where it could not be read, and what the event tells of how it came about."""
        ask = Comparing(prompt=self.prompt, swap=self.swap, once=self.once, max_tokens=self.max_tokens)
        panel = (
            self.annotators.seated(self.role, ctx, "WinRate")
            if self.annotators
            else seated(self.role, ctx, "WinRate", ask, anchors=self.anchors, file=self.anchor_file)
        )
        sure = [decided(*pair, ctx) if self.verdicts else None for pair in pairs]
        values, duels, owners = [list[float]() for _ in pairs], list[Duel](), list[int]()
        for i, (task, mine, theirs) in enumerate(pairs):
            known = reference(task, ctx, "WinRate") if self.reference else ""
            turns = zip(views(task, mine), views(task, theirs), strict=True) if sure[i] is None else ()
            for turn, (one, other) in enumerate(turns):
                if one.answer == other.answer:
                    values[i].append(0.5)
                    continue
                duel = Duel(key=f"{task.id} {i} {turn}", asked=one.asked, a=one.answer, b=other.answer)
                duels.append(replace(duel, fields=task.fields, reference=known))
                owners.append(i)
        votes, unread = panel.votes(duels, ctx) if duels else ([], 0)
        for i, vote in zip(owners, votes, strict=True):
            values[i] += [worth] if (worth := WORTH[vote]) is not None else []
        outcomes = [
            known if known is not None else fmean(some) if some else None
            for known, some in zip(sure, values, strict=True)
        ]
        settled = len(pairs) - sure.count(None)
        return outcomes, {"unread": unread, "decided": settled, "trusted": panel.trusted}


def _compared(pair: Pair, ctx: Context) -> float | None:
    task, mine, theirs = pair
    one, other = _checked(task, mine, ctx), _checked(task, theirs, ctx)
    return 1.0 if one > other else 0.0 if one < other else 0.5


def _checked(task: Task, solution: Solution | None, ctx: Context) -> float:
    """The environment's score; a verdict counts 1 or 0, no answer less than any."""
    if solution is None:
        return float("-inf")
    feedback = ctx.environment.check(task, solution)
    return feedback.score if feedback.score is not None else float(bool(feedback.passed))


def _error(outcomes: Sequence[float]) -> float | None:
    """Of the win rate; None where there are too few."""
    return win_rate(outcomes).standard_error if len(outcomes) > 1 else None


def _length(solutions: Sequence[Solution | None]) -> float:
    return fmean([len(one.text.strip()) if one else 0 for one in solutions] or [0])
