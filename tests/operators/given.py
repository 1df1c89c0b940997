"""Literal experiences for tests of operators."""

from __future__ import annotations

from lamarck.core import Batch, Experience, Feedback, Message, Reference, Solution, Task


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
