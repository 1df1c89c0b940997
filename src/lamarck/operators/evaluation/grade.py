"""How good the learner's answers are, in a judge's grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from lamarck.core import Context, Learner, Names, Prompt, Sampling, Score, Scorecard, Solution, Task
from lamarck.operators.duels import Duel, Votes
from lamarck.operators.held_out import HeldOut, first_look, further_look
from lamarck.operators.judging import NOTHING, guarded, norm, once, points, reference
from lamarck.operators.panel import Panel, seated
from lamarck.operators.rulings import heard, ruled
from lamarck.operators.turns import dialogues, views
from lamarck.trust.agreement import Vote

METRIC = "grade"
TIE = 0.1
"""Difference of two grades, in points, up to which they are a tie."""


@dataclass(frozen=True, kw_only=True)
class Grade(HeldOut):
    """A judge's mean grade of each answer, alone, from 0 (``lowest``) to 1 (``highest``); beside it the protected.

    Out: a scorecard with one value an item, the mean over dimensions, samples and turns; an event "graded" has the mean
    on the judge's own scale, by dimension and by node, and counts unread replies. An answer whose grade cannot be read
    counts nothing, an item without any is ``unread``. Where the environment has a verdict on an answer, that is its
    grade, the highest or the lowest, and no judge is asked. The grade of several judges is the mean by what their
    accuracy on the anchors is worth: on an anchor, the higher grade is a vote, and a tie within 0.1 points.
    Source: single answer and reference-guided grading, MT-Bench (arXiv:2306.05685), section 3.1; dimensions, SOTOPIA
    (arXiv:2310.11667). Differs: each turn of a dialogue is graded in view of all before it, the first one too.
    """

    role: str = "judge"
    """Who grades: models' roles, with commas between."""
    samples: int = 1
    """Answers an item."""
    temperature: float = 0.0
    temperatures: Mapping[str, float] = field(default_factory=dict[str, float])
    """Another temperature for the tasks of a node (a category)."""
    prompt: str = "grade/single"
    """Its fields: the task's own, "task", "reference", "solution", "wanted" (the lines asked for), "lowest", "highest",
    "fence"."""
    dimensions: tuple[str, ...] = ("score",)
    """What is graded, in words of letters; each has its line in the reply."""
    reference: bool = False
    """Show the judge the task's right answer where there is one."""
    norm: bool = False
    """Show the judge the norm that the round's objective sets, as the prompt's field ``norm``."""
    once: bool = True
    """Show a judge no line of an answer that an earlier line has said."""
    verdicts: bool = True
    """Let the environment's verdict be the grade where it has one, if the recipe's labels allow a look."""
    lowest: float = 1.0
    highest: float = 10.0
    anchors: int = 0
    """Pairs with a known better answer, made of the environment, to calibrate each judge on every round; 0 = none."""
    anchor_file: str = ""
    """Such pairs of the user's own, in place of the environment's: rows with task, better, worse."""
    max_tokens: int | None = 2048
    """Of a judge's reply."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: the grade first, then its nodes' where tasks name one, then the protected abilities' accuracy."""
        return heard(Scorecard(learner=learner.hash, scores=first_look(self, learner, ctx), metric=METRIC), self.role)

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names) -> Scorecard:
        """The same on fresh items of these abilities; a fixed set has none beyond its first look."""
        scores = further_look(self, learner, ctx, abilities, skip)
        return Scorecard(learner=learner.hash, scores=scores, metric=METRIC)

    def score(self, ability: str, tasks: Sequence[Task], learner: Learner, ctx: Context) -> Score:
        """The grades on these tasks."""
        panel = seated(self.role, ctx, "Grade", self._votes, anchors=self.anchors, file=self.anchor_file)
        given = dialogues(tasks, learner, ctx, self.samples, self.temperatures, self.temperature)
        tries = [(i, one) for i, some in enumerate(given) for one in some]
        found: list[list[dict[str, float]]] = [[] for _ in tasks]
        shown, owners, sure = list[Duel](), list[int](), 0
        for number, (i, solution) in enumerate(tries):
            task = tasks[i]
            if (passed := self._verdict(task, solution, ctx)) is not None:
                sure += 1
                found[i].append(dict.fromkeys(self.dimensions, self.highest if passed else self.lowest))
                continue
            known = reference(task, ctx, "Grade") if self.reference else ""
            for turn, view in enumerate(views(task, solution)):
                key = f"{task.id} {number} {turn}"
                shown.append(Duel(key=key, asked=view.asked, a=view.answer, b="", fields=task.fields, reference=known))
                owners.append(i)
        grades, unread = self._panel(panel, shown, ctx)
        for i, one in zip(owners, grades, strict=True):
            found[i] += [one] if one else []
        values = [fmean(fmean(one.values()) for one in some) if some else None for some in found]
        everything = [one for some in found for one in some]
        ctx.store.event(
            "graded",
            learner=learner.hash,
            split=self.split,
            items=len(tasks),
            mean={name: fmean(one[name] for one in everything) for name in self.dimensions if everything},
            scale=[self.lowest, self.highest],
            unread=unread,
            decided=sure,
            trusted=panel.trusted,
        )
        span = self.highest - self.lowest
        scaled = [None if value is None else (value - self.lowest) / span for value in values]
        return ruled(ability, METRIC, tasks, scaled, self.split)

    def _verdict(self, task: Task, solution: Solution | None, ctx: Context) -> bool | None:
        if not self.verdicts or ctx.labels == "none" or solution is None:
            return None
        return ctx.environment.check(task, solution).passed

    def _panel(self, panel: Panel, shown: Sequence[Duel], ctx: Context) -> tuple[list[dict[str, float] | None], int]:
        """Each answer's grades by dimension, weighed over the judges, and how many replies could not be read."""
        seats = [seat for seat in panel.seats if seat.weight > 0]
        told = [self._grades(shown, seat.judge, ctx.under(seat.role)) for seat in seats] if shown else []
        merged = list[dict[str, float] | None]()
        for at in range(len(shown)):
            said = [(grades[at], seat.weight) for grades, seat in zip(told, seats, strict=True)]
            read = [(grades, weight) for grades, weight in said if grades]
            total = sum(weight for _, weight in read)
            means = {d: sum(g[d] * weight for g, weight in read) / total for d in self.dimensions} if read else None
            merged.append(means)
        return merged, sum(one is None for grades in told for one in grades)

    def _grades(self, shown: Sequence[Duel], judge: Learner, ctx: Context) -> list[dict[str, float] | None]:
        """One judge's grades of the answers a."""
        prompts, keys = list[Prompt](), [one.key for one in shown]
        fixed = {"wanted": "\n".join(f"{name}: <points>" for name in self.dimensions)}
        fixed |= {"lowest": f"{self.lowest:g}", "highest": f"{self.highest:g}"}
        for one in shown:
            data = {"task": one.asked, "reference": one.reference or NOTHING}
            data["solution"] = once(one.a) if self.once else one.a
            if self.norm:
                data["norm"] = norm(ctx)
            prompts.append(guarded(self.prompt, {**one.fields, **fixed}, ctx, one.key, **data))
        sampling = Sampling(temperature=0.0, max_tokens=self.max_tokens)
        replies = ctx.generate(prompts, keys, role=judge, sampling=sampling)
        return [points(reply.text, self.dimensions, self.highest, self.lowest) for (reply,) in replies]

    def _votes(self, duels: Sequence[Duel], judge: Learner, ctx: Context) -> list[Votes]:
        """What the grades of two answers say about the better one."""
        both = [(duel, i, text) for duel in duels for i, text in enumerate((duel.a, duel.b))]
        alone = [replace(duel, a=text, key=f"{duel.key} {i}") for duel, i, text in both]
        grades = self._grades(alone, judge, ctx)
        return [(self._vote(grades[at], grades[at + 1]),) for at in range(0, len(grades), 2)]

    def _vote(self, one: Mapping[str, float] | None, other: Mapping[str, float] | None) -> Vote | None:
        if not one or not other:
            return None
        difference = fmean(one.values()) - fmean(other.values())
        return "tie" if abs(difference) <= TIE + 1e-9 else "a" if difference > 0 else "b"
