"""A grade by a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Feedback, Names, Sampling, Scope
from lamarck.operators.judging import closing, grade, guarded


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Let a role grade each solution by a rubric: the mean of several votes.

    In: experiences with a solution. Out: the same ones with feedback whose score, 0 to ``highest``, is the
    mean over the votes that could be read; where none could, there is no score, never a default. ``details``:
    "votes" asked for and "read". ``text`` is the first reply that could be read, else the first.
    Source: LLM-as-a-judge in Self-Rewarding Language Models (arXiv:2401.10020), section 2.1.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    prompt: str
    """Name of a prompt. Its fields: the task's own, "task" (its words), "solution" (the text to grade) and "fence"."""
    role: str = "judge"
    """Who grades; a role that nobody has is played by the learner."""
    votes: int = 1
    """Independent grades of a solution."""
    highest: float = 5.0
    """The best grade the rubric gives."""
    lowest: float = 0.0
    last: bool = False
    """Only a grade that is the reply's last line, and all of it, counts; not one that is said on the way."""
    temperature: float = 0.7
    top_p: float | None = 0.9
    max_tokens: int | None = None

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the graded experiences; one without solution is left out."""
        graded: Batch = []
        for experience in batch:
            if experience.solution is None:
                ctx.drop(experience, "no solution")
            else:
                graded.append(replace(experience, feedback=self._graded(experience, experience.solution.text, ctx)))
        return graded

    def _graded(self, experience: Experience, text: str, ctx: Context) -> Feedback:
        task, judge = experience.task, ctx.role(self.role)
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        shown = {"task": task.messages[-1].text, "solution": text}
        asked = guarded(self.prompt, task.fields, ctx, experience.id, **shown)
        replies = ctx.generate([asked], [experience.id], role=judge, n=self.votes, sampling=sampling)[0]
        said_last = [closing(reply.text) if self.last else reply.text for reply in replies]
        grades = [grade(said, self.highest, self.lowest) for said in said_last]
        read = [each for each in grades if each is not None]
        telling = (reply.text for reply, each in zip(replies, grades, strict=True) if each is not None or not read)
        return Feedback(
            score=fmean(read) if read else None,
            text=next(telling, ""),
            source=f"judge:{judge.hash}",
            details={"votes": len(replies), "read": len(read)},
        )
