"""Ask the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Names, Origin, Prompt, Sampling, Scope


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
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    max_tokens: int | None = None

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the samples in order of their seeds; ``--samples`` caps n."""
        n = self.n if ctx.limits.samples is None else min(self.n, ctx.limits.samples)
        sampling = Sampling(
            temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, max_tokens=self.max_tokens
        )
        author = ctx.role(self.role).hash
        out: Batch = []
        for experience in batch:
            task = experience.task
            own = (
                Prompt(name=self.prompt, fields={**task.fields, "task": task.messages[-1].text})
                if self.prompt
                else None
            )
            key = experience.id if experience.sample else task.id
            asked = own or task.prompt
            solutions = ctx.generate([asked], [key], role=self.role, n=n, sampling=sampling)[0]
            out += [
                replace(
                    experience,
                    solution=solution,
                    asked=own,
                    sample=experience.sample * n + i,
                    origin=Origin(
                        operator=ctx.operator, learner=author, seed=seed, temperature=self.temperature, round=ctx.round
                    ),
                )
                for i, (solution, seed) in enumerate(zip(solutions, ctx.seeds(key, n), strict=True))
            ]
        return out
