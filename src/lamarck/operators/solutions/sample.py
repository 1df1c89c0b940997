"""Ask the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Origin, Prompt, Sampling, Scope


@dataclass(frozen=True, kw_only=True)
class Sample:
    """n independent solutions of a task.

    In: one experience of one task. Out: n experiences, each with a solution, numbered from 0.
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
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance."""
        more = {"author"} if self.role == "author" else set[str]()
        more |= {"reference"} if self.reveal else set[str]()
        object.__setattr__(self, "reads", frozenset({"task"} | more))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the samples in order of their seeds; ``--samples`` caps n."""
        n = self.n if ctx.limits.samples is None else min(self.n, ctx.limits.samples)
        sampling = Sampling(
            temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, max_tokens=self.max_tokens
        )
        out: Batch = []
        for experience in batch:
            task, own = experience.task, self._own(experience)
            learner = ctx.learner_of(experience.author) if self.role == "author" else ctx.role(self.role)
            key = experience.id if experience.sample else task.id
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

    def _own(self, experience: Experience) -> Prompt | None:
        """The prompt of another name than the task's, with the task's fields; None = the task's."""
        if not self.prompt:
            return None
        task = experience.task
        shown = {"answer": task.reference.read()} if self.reveal and task.reference else {}
        return Prompt(name=self.prompt, fields={**task.fields, "task": task.messages[-1].text, **shown})
