"""Literal entries."""

from __future__ import annotations

from lamarck.core import Entry, Experience, Message, Reference, Solution, Task


def entry(text: str, kind: str = "experience", answer: str = "7") -> Entry:
    """A solved question, as ``updating.Remember`` writes it."""
    task = Task(
        id=f"toy/{text}",
        kind="sum",
        messages=(Message(role="user", text=text),),
        reference=Reference("7").seal("the recipe declares labels='none'"),
    )
    solution = Solution(messages=(Message(role="assistant", text=f"= {answer}"),), answer=answer, logprobs=(-1 / 3,))
    return Entry(text=text, kind=kind, key=text, source=task.id, experience=Experience(task=task, solution=solution))


def note(text: str, kind: str = "") -> Entry:
    """A text alone."""
    return Entry(text=text, kind=kind)
