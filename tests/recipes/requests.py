"""A world of plain requests with plain answers, whose words can be counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamarck.core import Experience, Feedback, Message, Objective, Solution, Split, Task

GARBAGE = ("zub", "dax", "wep", "mip", "lor", "kif")
"""Words that no request and no answer has."""
HELD = 4
"""Things that are asked about in the selection, and in the sealed split."""
SIGNS = "bdfgklmnprstvz"


@dataclass(frozen=True, kw_only=True)
class Requests:
    """``Tell me what a baro is.``: as many labelled ones as there are invented things."""

    n: int = 48
    name: str = "requests"
    ability: str = "telling"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        first, many = {"practice": (0, self.n), "selection": (self.n, HELD), "sealed": (self.n + HELD, HELD)}[split]
        return [asked(thing(at), split) for at in range(first, first + many)][:n]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        right = about(task.messages[-1].text) in words(solution.text)
        return Feedback(passed=right, score=float(right))

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        found = self.tasks("practice", n, seed, Objective(ability=self.ability))
        return [Experience(task=task, solution=said(f"{article(about(task.messages[-1].text))} is what it is."))
                for task in found]  # fmt: skip

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return {}

    def key(self, task: Task, /) -> str:
        return task.messages[-1].text


def words(text: str) -> list[str]:
    """All words in small letters."""
    return re.findall(r"[a-z]+", text.lower())


def about(text: str) -> str:
    """The thing that a request is about: its only invented word."""
    return next((word for word in words(text) if word.endswith("o") and word[0] in SIGNS and len(word) == 6), "")


def thing(at: int) -> str:
    """An invented thing by its number."""
    return f"{SIGNS[at % 14]}a{SIGNS[at // 14 % 14]}i{SIGNS[at % 13]}o"


def article(name: str) -> str:
    return f"A {name}"


def said(text: str, author: str = "corpus") -> Solution:
    return Solution(messages=(Message(role="assistant", text=text, author=author),), author=author)


def asked(name: str, split: Split) -> Task:
    words = (Message(role="user", text=f"Tell me what a {name} is."),)
    return Task(id=f"{split}/{name}", kind="instruction", messages=words, split=split)
