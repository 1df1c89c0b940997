"""How often the learner's answer is better than an opponent's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from lamarck.core import (
    Context,
    Learner,
    Names,
    Prompt,
    Sampling,
    Score,
    Scorecard,
    Solution,
    Split,
    Task,
    UsageError,
    unknown,
)
from lamarck.operators.held_out import answers, first_look, further_look

METRIC = "win rate"
SPECIAL = ("base", "origin")
"""Roles that every run has beside those it names."""
Pair = tuple[Task, Solution | None, Solution | None]
"""A task, the learner's answer and the opponent's."""


@dataclass(frozen=True, kw_only=True)
class WinRate:
    """Win 1, tie 0.5, loss 0 against an opponent's answer to the same task; beside it the protected abilities.

    Out: a scorecard with one value an item, the mean over its samples. Judged by a model, each pair is shown in
    both orders: only a verdict that stays with the answer wins, and what cannot be read is a tie. An event
    "compared" counts wins, ties, losses and unread replies, and keeps the mean length of both sides' answers.
    Raises: UsageError for an opponent or judge that the run does not have: the learner never stands in for one.
    Source: both orders, MT-Bench (arXiv:2306.05685), section 3.4; win rate against a fixed opponent, AlpacaFarm
    (arXiv:2305.14387). Differs: equal texts tie unasked; lengths are reported, not controlled for.
    """

    against: str = "origin"
    """The opponent's role: what the run began with, what the stage began with ("base"), or another learner."""
    role: str = "judge"
    """Who compares: a model's role, or "environment": its own check, by the higher score."""
    split: Split = "selection"
    samples: int = 1
    """Answers an item and side."""
    temperature: float = 0.0
    prompt: str = "win_rate/compare"
    """Its fields: the task's own, "task" (its words), "first" and "second" (the answers)."""
    protected: int = 1000
    """Fresh items of each protected ability, answered greedily; 0 gives none."""
    protected_at_end: int = 2000
    """The same for the one look at the sealed split."""
    limit: int | None = None

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the win rate first, then its nodes' where tasks name one, then the protected abilities' accuracy."""
        return Scorecard(learner=learner.hash, scores=first_look(self, learner, ctx), metric=METRIC)

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The same on fresh items of these abilities; a fixed set has none beyond its first look."""
        scores = further_look(self, learner, ctx, abilities, skip)
        return Scorecard(learner=learner.hash, scores=scores, metric=METRIC)

    def sealed(self) -> WinRate:
        """The same measurement on the sealed split, made once at the end of a run."""
        return replace(self, split="sealed", protected=self.protected_at_end)

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """The win rate on these tasks."""
        opponent, n = _player(self.against, ctx), self.samples
        sides = [answers(tasks, side, ctx, n, self.temperature) for side in (learner, opponent)]
        pairs: list[Pair] = [
            (task, mine, theirs)
            for task, mine_n, theirs_n in zip(tasks, *sides, strict=True)
            for mine, theirs in zip(mine_n, theirs_n, strict=True)
        ]
        unread = 0
        if self.role == "environment":
            outcomes = [
                _compared(_checked(task, mine, ctx), _checked(task, theirs, ctx)) for task, mine, theirs in pairs
            ]
        else:
            outcomes, unread = self._judged(pairs, _player(self.role, ctx), ctx)
        ctx.store.event(
            "compared",
            learner=learner.hash,
            against=opponent.hash,
            split=self.split,
            wins=outcomes.count(1.0),
            ties=outcomes.count(0.5),
            losses=outcomes.count(0.0),
            unread=unread,
            characters=[_length([mine for _, mine, _ in pairs]), _length([theirs for _, _, theirs in pairs])],
        )
        values = tuple(fmean(outcomes[i * n : (i + 1) * n]) for i in range(len(tasks)))
        return Score(ability=ability, metrics={METRIC: values}, items=tuple(t.id for t in tasks), split=self.split)

    def _judged(self, pairs: Sequence[Pair], judge: Learner, ctx: Context) -> tuple[list[float], int]:
        """Each pair's outcome by the judge, and how many replies could not be read."""
        asked = [i for i, (_, mine, theirs) in enumerate(pairs) if _text(mine) != _text(theirs)]
        prompts, keys = list[Prompt](), list[str]()
        for i in asked:
            task, mine, theirs = pairs[i]
            for order, (first, second) in enumerate(((mine, theirs), (theirs, mine))):
                shown = {"task": task.messages[-1].text, "first": _text(first), "second": _text(second)}
                prompts.append(Prompt(name=self.prompt, fields={**task.fields, **shown}))
                keys.append(f"{task.id} {i} {order}")
        replies = ctx.generate(prompts, keys, role=judge, sampling=Sampling(temperature=0.0))
        verdicts = [winner(reply.text) for (reply,) in replies]
        outcomes = [0.5] * len(pairs)
        for at, i in enumerate(asked):
            both = (verdicts[2 * at], verdicts[2 * at + 1])
            outcomes[i] = 1.0 if both == ("first", "second") else 0.0 if both == ("second", "first") else 0.5
        return outcomes, verdicts.count(None)


def _player(role: str, ctx: Context) -> Learner:
    """Who plays a role. Raises: UsageError where nobody does; a judge is no role for the learner to fall back to."""
    known = sorted({*SPECIAL, *ctx.learners, ctx.updates})
    if role == "judge" and role not in known:
        raise UsageError(
            "WinRate asks a judge, and this run has none; type --judge provider/model, "
            'or set the evaluation\'s role to "environment" where its check can tell'
        )
    if role not in known:
        raise unknown("role", role, known, "WinRate needs it")
    return ctx.role(role)


def _checked(task: Task, solution: Solution | None, ctx: Context) -> float:
    """The environment's score; a verdict counts 1 or 0, no answer less than any."""
    if solution is None:
        return float("-inf")
    feedback = ctx.environment.check(task, solution)
    return feedback.score if feedback.score is not None else float(bool(feedback.passed))


def _compared(mine: float, theirs: float) -> float:
    return 1.0 if mine > theirs else 0.0 if mine < theirs else 0.5


def _text(solution: Solution | None) -> str:
    return solution.text.strip() if solution else ""


def _length(solutions: Sequence[Solution | None]) -> float:
    return fmean([len(_text(one)) for one in solutions] or [0])


_WINNER = re.compile(r"\bwinner\b[ \t*_`\"']*[:=][ \t*_`\"'<(\[]*(first|second|tie)\b", re.IGNORECASE)


def winner(text: str) -> str | None:
    """The last ``winner: first``, ``second`` or ``tie`` of a judge's reply; None where there is none."""
    found: list[str] = _WINNER.findall(text)
    return found[-1].lower() if found else None
