"""The label itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Message, Names, Origin, Prompt, Scope, Solution

AUTHOR = "reference"
"""Who wrote a label: no learner."""


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The task's reference as its solution: supervised data without a rationale.

    In: one experience of one task. Out: the same one with the reference as text and as final answer;
    a task without reference is dropped. No model is asked.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task", "reference"}
    writes: ClassVar[Names] = {"solution", "keep"}

    prompt: str = ""
    """The prompt that training shows ("star/answer": asks for the bare answer); "" = the task as it stands."""

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the labelled experiences."""
        made: Batch = []
        for experience in batch:
            if experience.task.reference is None:
                ctx.drop(experience, "the task has no reference")
            else:
                made.append(self._labelled(experience, experience.task.reference.read(), ctx))
        return made

    def _labelled(self, experience: Experience, label: str, ctx: Context) -> Experience:
        task = experience.task
        said = Message(role="assistant", text=label, author=AUTHOR)
        keep = Prompt(name=self.prompt, fields={**task.fields, "task": task.messages[-1].text}) if self.prompt else None
        return replace(
            experience,
            solution=Solution(messages=(said,), author=AUTHOR, answer=label),
            keep=keep,
            origin=Origin(operator=ctx.operator, round=ctx.round),
        )
