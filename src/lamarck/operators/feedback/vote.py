"""What most solutions say."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Feedback, Names, Scope


@dataclass(frozen=True, kw_only=True)
class Vote:
    """Let a task's solutions vote: those that give the majority's answer pass. Nobody reads a label.

    In: all experiences of one task, each with a solution. Out: the same ones with feedback, and with
    ``Solution.answer`` set to what was read. The score is the share of all samples that give the same
    answer, so the majority's is highest and says how sure the vote is; an answer that cannot be read
    fails and scores 0. Of answers with equally many votes the first seen is the majority's. ``details``:
    "answer" and "entropy", in nats, of the histogram of the answers that could be read (None where
    none could).
    Source: self-consistency (arXiv:2203.11171), section 2; LMSI (arXiv:2210.11610), section 3.1.
    """

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    least: float = 0.0
    """Share of all samples, 0 to 1, that the majority must have; below it nobody passes."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: feedback that says whether each agrees with the majority."""
        answers = [ctx.answer(e.task, e.solution) if e.solution else None for e in batch]
        votes = Counter(answer for answer in answers if answer is not None)
        majority = max(votes, key=votes.__getitem__, default=None)  # of equals the first seen
        spread = entropy(votes)
        return [
            self._told(experience, answer, votes[answer] / len(batch) if answer is not None else 0.0, majority, spread)
            for experience, answer in zip(batch, answers, strict=True)
        ]

    def _told(
        self, experience: Experience, answer: str | None, share: float, majority: str | None, spread: float | None
    ) -> Experience:
        agrees = answer is not None and answer == majority
        said = "no answer can be read" if answer is None else "the majority's answer" if agrees else "another answer"
        feedback = Feedback(
            score=share,
            passed=agrees and share >= self.least,
            text=said,
            source="vote",
            details={"answer": answer, "entropy": spread},
        )
        solution = experience.solution and replace(experience.solution, answer=answer)
        return replace(experience, solution=solution, feedback=feedback)


def entropy(votes: Counter[str]) -> float | None:
    """Of a histogram, in nats; None where it is empty."""
    total = votes.total()
    return sum(n / total * math.log(total / n) for n in votes.values()) if total else None
