"""Which of two solutions is better, by annotators who need not agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Feedback, Names, Scope
from lamarck.operators.annotators import Annotators, Order
from lamarck.operators.duels import Duel
from lamarck.trust.agreement import Vote

WORTH = {"a": 1.0, "tie": 0.5, "b": 0.0}


@dataclass(frozen=True, kw_only=True)
class Prefer:
    """Compare a task's solutions two by two; each comparison is made by an annotator drawn from a pool.

    In: all experiences of one task. Out: those with a solution, with feedback whose score is the share of their
    comparisons that they won, a tie half; where no verdict could be read there is no score, never a default. Of two
    solutions the better scores 1 and the other 0. Equal texts tie unasked. ``details``: "pairs" and "read".
    Source: AlpacaFarm (arXiv:2305.14387), section 3; its two answers a task are any number here, each compared with
    each other one.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    prompts: tuple[str, ...] = ("win_rate/compare",)
    """What annotators are asked, one of these at a time; see ``WinRate.prompt`` for their fields."""
    role: str = "judge"
    """Who they are: models' roles with commas between."""
    temperature: float = 1.0
    flip: float = 0.0
    """Share of the verdicts that are turned round, as people disagree: 0.25 in the paper."""
    order: Order = "random"
    """Which answer stands first: by lot, each once ("both"), or always the earlier sample ("first")."""
    max_tokens: int | None = 2048

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the compared experiences; one without a solution, or with nothing to be compared with, is left out."""
        there = [e for e in batch if e.solution]
        for experience in batch:
            if not experience.solution or len(there) < 2:
                ctx.drop(experience, "no other solution to compare with" if experience.solution else "no solution")
        if len(there) < 2:
            return []
        pairs = list(combinations(range(len(there)), 2))
        won: list[list[float]] = [[] for _ in there]
        for (i, j), vote in zip(pairs, self._votes([(there[i], there[j]) for i, j in pairs], ctx), strict=True):
            if vote is not None:
                won[i].append(WORTH[vote])
                won[j].append(1.0 - WORTH[vote])
        return [
            replace(experience, feedback=self._told(share, len(there) - 1))
            for experience, share in zip(there, won, strict=True)
        ]

    def _votes(self, pairs: list[tuple[Experience, Experience]], ctx: Context) -> list[Vote | None]:
        """A vote a pair; equal texts tie."""
        how = Annotators(
            prompts=self.prompts,
            temperature=self.temperature,
            flip=self.flip,
            order=self.order,
            max_tokens=self.max_tokens,
        )
        pool = how.seated(self.role, ctx, "Prefer")
        found: dict[int, Vote | None] = {
            at: "tie" for at, (one, other) in enumerate(pairs) if _text(one) == _text(other)
        }
        open_ = [at for at in range(len(pairs)) if at not in found]
        duels = [_duel(*pairs[at]) for at in open_]
        found |= dict(zip(open_, pool.votes(duels, ctx)[0], strict=True))
        return [found[at] for at in range(len(pairs))]

    def _told(self, won: list[float], pairs: int) -> Feedback:
        details = {"pairs": pairs, "read": len(won)}
        return Feedback(score=fmean(won) if won else None, source=f"prefer:{self.role}", details=details)


def _duel(one: Experience, other: Experience) -> Duel:
    key = f"{one.id} {other.id}"
    return Duel(key=key, asked=one.task.messages[-1].text, a=_text(one), b=_text(other), fields=one.task.fields)


def _text(experience: Experience) -> str:
    return experience.solution.text.strip() if experience.solution else ""
