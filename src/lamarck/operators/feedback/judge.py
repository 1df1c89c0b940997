"""A grade by a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Feedback, Names, Sampling, Scope
from lamarck.operators.judging import closing, grade, guarded, norm


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Let a role grade each solution, or each task alone, by a rubric: the mean of several votes.

    In: experiences with what is graded. Out: the same ones with feedback whose score, 0 to ``highest``, is the
    mean over the votes that could be read; where none could, there is no score, never a default. ``details``:
    "votes" asked for and "read". ``text`` is the first reply that could be read, else the first.
    Source: LLM-as-a-judge in Self-Rewarding Language Models (arXiv:2401.10020), section 2.1; of the task alone Kun
    (arXiv:2401.06477), where grades of the pair told less.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    prompt: str
    """Name of a prompt. Its fields: the task's own, "task" (its words), "solution" (the text to grade; not where the
    task is graded) and "fence"."""
    of: Literal["solution", "task"] = "solution"
    """"task": its words are graded, whatever solves it, and it needs no solution."""
    role: str = "judge"
    """Who grades; a role that nobody has is played by the learner."""
    votes: int = 1
    """Independent grades of a solution."""
    highest: float = 5.0
    """The best grade the rubric gives."""
    lowest: float = 0.0
    norm: bool = False
    """Show the norm that the round's objective sets, as the prompt's field ``norm``."""
    last: bool = False
    """Only a grade that is the reply's last line, and all of it, counts; not one that is said on the way."""
    temperature: float = 0.7
    top_p: float | None = 0.9
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """What is read depends on what is graded; the checker asks the instance."""
        object.__setattr__(self, "reads", frozenset({self.of}))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the graded experiences; one without what is graded is left out."""
        graded: Batch = []
        for experience in batch:
            if experience.solution is None and self.of == "solution":
                ctx.drop(experience, "no solution")
            else:
                graded.append(replace(experience, feedback=self._graded(experience, ctx)))
        return graded

    def _graded(self, experience: Experience, ctx: Context) -> Feedback:
        task, solution, judge = experience.task, experience.solution, ctx.role(self.role)
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        shown = {"task": task.messages[-1].text}
        if solution and self.of == "solution":
            shown["solution"] = solution.text
        if self.norm:
            shown["norm"] = norm(ctx)
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
