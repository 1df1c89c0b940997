"""Opponents that are answers and not models: what a task says is right, or what somebody else wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamarck.core import Context, Learner, Message, ModelRef, Solution, Task, UsageError
from lamarck.operators.judging import player, reference

REFERENCE = "reference"
"""Whose answers are the tasks' own."""
WRITER = Learner(model=ModelRef(name=REFERENCE, digest=REFERENCE))
"""Stands for whoever wrote them."""


def opponent(role: str, ctx: Context, asker: str) -> Learner:
    """Who plays the opponent; ``WRITER`` for the tasks' own answers. Raises: UsageError for a role nobody plays."""
    return WRITER if role == REFERENCE else player(role, ctx, asker)


def written(tasks: Sequence[Task], ctx: Context, n: int, asker: str) -> list[list[Solution | None]]:
    """The tasks' own answers, each n times, [tasks][n].

    Raises: UsageError for a task that has none, or where the recipe declares that nothing reads labels.
    """
    texts = [reference(task, ctx, asker) for task in tasks]
    if missing := [task.id for task, text in zip(tasks, texts, strict=True) if not text]:
        raise UsageError(
            f"{asker} compares with the tasks' own answers, and {missing[0]} has none; name their column: --columns "
            "answer=NAME, or compare with a model: --against origin --role origin=provider/model"
        )
    said = Solution(messages=(Message(role="assistant", text="", author=REFERENCE),), author=REFERENCE)
    return [[replace(said, messages=(replace(said.messages[0], text=text),))] * n for text in texts]
