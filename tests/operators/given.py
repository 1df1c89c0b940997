"""Literal experiences for tests of operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamarck.core import Batch, Experience, Feedback, Message, Objective, Reference, Solution, Split, Task


def task(text: str = "3+4", reference: str = "7", stream: str = "") -> Task:
    """The toy task ``3+4``, or what the text says in its form."""
    sign = next(sign for sign in "+-*" if sign in text)
    left, right = text.split(sign)
    return Task(
        id=f"toy/{text}",
        kind="sum",
        messages=(Message(role="user", text=text),),
        fields={"left": left, "sign": sign, "right": right},
        reference=Reference(reference),
        stream=stream,
    )


def tried(text: str, *answers: str, passed: bool | None = None) -> Batch:
    """One experience an answer to the task, with a verdict where one is given."""
    verdict = None if passed is None else Feedback(passed=passed)
    return [
        Experience(
            task=task(text),
            solution=Solution(messages=(Message(role="assistant", text=answer),), author="a"),
            feedback=verdict,
            sample=i,
        )
        for i, answer in enumerate(answers)
    ]


def texts(batch: Batch) -> list[str]:
    """The solutions' texts."""
    return [e.solution.text if e.solution else "" for e in batch]


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A fixed set of tasks in free text, which no program reads."""

    name: str = "plain"
    ability: str = "chores"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        words = {"practice": "Boil an egg.", "selection": "Name a river.", "sealed": "Count to ten."}[split]
        return [Task(id=split, kind="chore", messages=(Message(role="user", text=words),), split=split)][:n]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        return Feedback(passed=True)

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        return [Experience(task=self.tasks("practice", None, 0, Objective(ability=""))[0], sample=i) for i in range(n)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return {}

    def key(self, task: Task, /) -> str:
        return task.id
