"""Ask the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Origin, Prompt, Sampling, Scope, Task, UsageError


@dataclass(frozen=True, kw_only=True)
class Sample:
    """n independent solutions of a task.

    In: one experience of one task. Out: n experiences, each with a solution, numbered from 0.
    Source: for ``reveal`` STaR (arXiv:2203.14465), section 3.2; for ``shots`` drawn anew for every task SOFT
    (arXiv:2402.07610), section 3.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    n: int = 1
    prompt: str = ""
    """Name of a prompt ("star/rationale") whose fields are the task's; "" = the task as it stands."""
    role: str = "learner"
    """Who answers; "author": the candidate that the experience names."""
    reveal: bool = False
    """Show the reference as the prompt's field ``answer``. What is kept for training is the task without it."""
    shots: int = 0
    """Labelled examples in the prompt's field ``examples``, their final answers in ``answers``: drawn for each task,
    never the task itself. They are no more kept for training than the rest of the prompt."""
    pool: int | None = None
    """How many examples they are drawn from, the same ones in the whole run; None = all that there are."""
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance. Raises: UsageError."""
        more = {"author"} if self.role == "author" else set[str]()
        more |= {"reference"} if self.reveal else set[str]()
        object.__setattr__(self, "reads", frozenset({"task"} | more))
        if self.shots and not self.prompt:
            raise UsageError("Sample(shots=...) shows examples in a prompt; give prompt=... of a text with {examples}")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the samples in order of their seeds; ``--samples`` caps n."""
        n = self.n if ctx.limits.samples is None else min(self.n, ctx.limits.samples)
        sampling = Sampling(
            temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, max_tokens=self.max_tokens
        )
        out: Batch = []
        for experience in batch:
            task = experience.task
            learner = ctx.learner_of(experience.author) if self.role == "author" else ctx.role(self.role)
            key = experience.id if experience.sample else task.id
            own = self._own(experience, key, ctx)
            solutions = ctx.generate([own or task.prompt], [key], role=learner, n=n, sampling=sampling)[0]
            origin = Origin(operator=ctx.operator, learner=learner.hash, temperature=self.temperature, round=ctx.round)
            out += [
                replace(
                    experience,
                    solution=solution,
                    asked=own,
                    sample=experience.sample * n + i,
                    origin=replace(origin, seed=seed),
                )
                for i, (solution, seed) in enumerate(zip(solutions, ctx.seeds(key, n), strict=True))
            ]
        return out

    def _own(self, experience: Experience, key: str, ctx: Context) -> Prompt | None:
        """The prompt of another name than the task's, with the task's fields; None = the task's."""
        if not self.prompt:
            return None
        task = experience.task
        shown = self._examples(task, key, ctx) if self.shots else {}
        shown |= {"answer": task.reference.read()} if self.reveal and task.reference else {}
        return Prompt(name=self.prompt, fields={**task.fields, "task": task.messages[-1].text, **shown})

    def _examples(self, task: Task, key: str, ctx: Context) -> dict[str, str]:
        """The drawn examples as fields of a prompt."""
        at = replace(ctx, number=0, round=0, operator=type(self).__name__)  # one pool, whatever the round
        found = at.examples(self.pool, "shots") if self.pool else ctx.examples(self.shots + 1, key, "shots")
        same = ctx.key(task)
        others = {e.task.id: (e, e.solution) for e in found if e.solution and ctx.key(e.task) != same}
        drawn = ctx.rng(key, "shots").sample(list(others.values()), min(self.shots, len(others)))
        answers = [ctx.answer(e.task, solution) for e, solution in drawn]
        blocks = [f"Question: {e.task.messages[-1].text}\nAnswer: {solution.text}" for e, solution in drawn]
        return {"examples": "\n\n".join(blocks), "answers": ",".join(one for one in answers if one is not None)}
