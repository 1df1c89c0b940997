"""How often referees who debate find the learner's answer better than an opponent's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from lamarck.core import Context, Learner, Names, Score, Scorecard, Task
from lamarck.operators.debating import Debating, Hearing, Talk, called
from lamarck.operators.duels import Duel
from lamarck.operators.held_out import HeldOut, first_look, further_look
from lamarck.operators.judging import player
from lamarck.operators.panel import several
from lamarck.operators.rulings import decided, heard, ruled
from lamarck.operators.turns import dialogues, views

METRIC = "win rate"


@dataclass(frozen=True, kw_only=True)
class Debate(HeldOut):
    """Win 1, tie 0.5, loss 0 by the points that referees of different personas give after a talk.

    Out: a scorecard with one value an item; beside it the protected abilities. Each pair is debated in both orders; the
    outcome is by the mean points over referees and orders, or by the referees' majority. Who speaks first goes round
    with the pairs. A pair on which no referee's points can be read in one of the orders is ``unread``. Where the
    environment passes one answer and fails the other, nobody debates. Events: "debated" a pair and order, with the
    talk, that is the strengths and weaknesses that were found, and the points; "compared" as ``WinRate``.
    Source: ChatEval (arXiv:2308.07201), sections 2 and 3. Differs: of a task of several turns the last is debated; the
    referees' words too stand in the fence. No anchors: a debate on each is dear; calibrate the judge with ``WinRate``.
    """

    against: str = "origin"
    """The opponent's role: what the run began with, what the stage began with ("base"), or another learner."""
    role: str = "judge"
    """Who plays the referees: one role for all, or several with commas between, in turn."""
    personas: tuple[str, ...] = ("chateval/public", "chateval/critic")
    """A referee each: the name of a text under prompts/, or what it is told in words."""
    rounds: int = 2
    """How often each referee speaks, the last time with points."""
    talk: Talk = "in turn"
    prompt: str = "chateval/talk"
    """Its fields: the task's own, "persona", "task", "first" and "second" (the answers), "talk" so far, "fence"."""
    final: str = "chateval/score"
    """The same fields, for the last turn."""
    summary: str = "chateval/sum_up"
    """Its fields: "talk" and "fence"."""
    by: Literal["mean", "majority"] = "mean"
    """How points become an outcome."""
    swap: bool = True
    """Debate in both orders; False shows the learner's answer first."""
    once: bool = True
    """Show referees no line of an answer that an earlier line has said."""
    verdicts: bool = True
    """Let the environment's verdicts decide where they differ, if the recipe's labels allow a look."""
    temperature: float = 0.0
    max_tokens: int | None = 512
    """Of what a referee says at a time."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the win rate first, then its nodes' where tasks name one, then the protected abilities' accuracy."""
        return heard(Scorecard(learner=learner.hash, scores=first_look(self, learner, ctx), metric=METRIC), self.role)

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The same on fresh items of these abilities; a fixed set has none beyond its first look."""
        scores = further_look(self, learner, ctx, abilities, skip)
        return Scorecard(learner=learner.hash, scores=scores, metric=METRIC)

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """The win rate on these tasks."""
        opponent = player(self.against, ctx, "Debate")
        players = [player(role, ctx, "Debate") for role in several(self.role)]
        sides = [dialogues(tasks, side, ctx, 1, {}, self.temperature) for side in (learner, opponent)]
        values, duels, owners, sure = list[float | None](), list[Duel](), list[int](), 0
        for i, (task, (mine,), (theirs,)) in enumerate(zip(tasks, *sides, strict=True)):
            one, other = views(task, mine)[-1], views(task, theirs)[-1]
            values.append(decided(task, mine, theirs, ctx) if self.verdicts else None)
            sure += values[-1] is not None
            if values[-1] is None and one.answer == other.answer:
                values[-1] = 0.5
            elif values[-1] is None:
                duels.append(Duel(key=task.id, asked=one.asked, a=one.answer, b=other.answer, fields=task.fields))
                owners.append(i)
        debating = Debating(
            personas=self.personas,
            rounds=self.rounds,
            talk=self.talk,
            prompts=(self.prompt, self.final, self.summary),
            max_tokens=self.max_tokens,
            swap=self.swap,
            once=self.once,
        )
        hearings = debating(duels, players, ctx) if duels else []
        orders = 2 if self.swap else 1
        for at, i in enumerate(owners):
            pair = hearings[at * orders : (at + 1) * orders]
            values[i] = self._outcome(pair)
            self._tell(tasks[i], pair, learner, opponent, values[i], ctx)
        ctx.store.event(
            "compared",
            learner=learner.hash,
            against=opponent.hash,
            split=self.split,
            wins=values.count(1.0),
            ties=values.count(0.5),
            losses=values.count(0.0),
            unread=sum(len(self.personas) - len(hearing.points) for hearing in hearings),
            decided=sure,
            trusted=False,
        )
        return ruled(ability, METRIC, tasks, values, self.split)

    def _outcome(self, pair: Sequence[Hearing]) -> float | None:
        """Of one pair by all that was given in its orders; None where one of them has no points."""
        if not all(hearing.points for hearing in pair):
            return None
        if self.by == "mean":
            means = [fmean(given[side] for given in hearing.points.values()) for hearing in pair for side in (0, 1)]
            return _compared(sum(means[0::2]) - sum(means[1::2]))
        gaps: dict[int, float] = {}
        for hearing in pair:
            for referee, (mine, theirs) in hearing.points.items():
                gaps[referee] = gaps.get(referee, 0.0) + mine - theirs
        return _compared(sum(2 * _compared(gap) - 1 for gap in gaps.values()))

    def _tell(
        self,
        task: Task,
        pair: Sequence[Hearing],
        learner: Learner,
        opponent: Learner,
        outcome: float | None,
        ctx: Context,
    ) -> None:
        for hearing in pair:
            ctx.store.event(
                "debated",
                learner=learner.hash,
                against=opponent.hash,
                item=task.id,
                first="opponent" if hearing.turned else "learner",
                talk=[list(each) for each in hearing.said],
                points=[[called(self.personas[who]), *given] for who, given in sorted(hearing.points.items())],
                outcome=outcome,
            )


def _compared(gap: float) -> float:
    """Of points whose sums differ by rounding alone, a tie."""
    return 0.5 if abs(gap) < 1e-9 else 1.0 if gap > 0 else 0.0
