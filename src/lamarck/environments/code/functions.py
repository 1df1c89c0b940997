"""Forty functions to write and to repair: a small environment of code, written for this package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from random import Random
from typing import Any

from lamarck.core import (
    Experience,
    Feedback,
    Message,
    Objective,
    Origin,
    Reference,
    Solution,
    Split,
    Task,
    UsageError,
    unknown,
)
from lamarck.environments.code.checking import FORM, CodeCheck
from lamarck.environments.code.problem import Problem

NODES = ("write", "repair")
"""The ability tree: a function from its description, or the bug in one."""
HELD: Mapping[Split, int] = {"sealed": 8, "selection": 8}
"""Functions held out; all others are practice. A function's two tasks are in one split."""
SECTION = re.compile(r"^- (\w+)\n", re.MULTILINE)


class Functions:
    """Write a small function, or repair one: judged by hidden tests in the sandbox.

    A fixed set of 80 tasks, two for each of 40 functions; the objective's node is "write" or "repair". Tasks carry a
    reference, a right program. Feedback quotes the one test that is shown, and counts the hidden ones.
    """

    name: str = "functions"
    ability: str = "programming"

    def __init__(self, checking: CodeCheck | None = None) -> None:
        """In: what judges; None = with a sandbox of its own, started by the first verdict."""
        self._checking = checking or CodeCheck()

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n tasks of a split. Raises: UsageError for a node or parameter there is not."""
        if objective.parameters:
            raise UsageError(f"functions knows no parameter {', '.join(map(repr, objective.parameters))}; give a node")
        if objective.node and objective.node not in NODES:
            raise unknown("node of functions", objective.node, NODES)
        nodes = [objective.node] if objective.node else NODES
        return [_task(name, node, split) for name in splits()[split] for node in nodes][:n]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """What the tests say; `details` says how many shown and hidden ones pass, and how the program was isolated.

        A task that is about none of the functions has no tests and so no verdict.
        """
        problem = problems().get(task.fields.get("function", ""))
        if problem is None:
            return Feedback(passed=None, text="no task of functions", source="verifier")
        return self._checking.ruled(problem, solution)

    def shown(self, task: Task, /) -> Sequence[str]:
        """The tests that a task shows."""
        problem = problems().get(task.fields.get("function", ""))
        return problem.visible if problem else ()

    def tested(self, task: Task, solution: Solution, tests: Sequence[str], /) -> Feedback:
        """What these tests say of a program, whatever task it is for."""
        return self._checking.tested(problems().get(task.fields.get("function", "")), solution, tests)

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n practice tasks with a right program."""
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same of the objective's node, in random order."""
        found = self.tasks("practice", None, seed, objective)
        drawn = Random(f"functions examples {seed}").sample(list(found), min(n, len(found)))
        return [_example(task, at, seed) for at, task in enumerate(drawn)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None: the set is small and fixed."""
        return {}

    def key(self, task: Task, /) -> str:
        """The function's name: whoever knows a right program can repair the wrong one."""
        return task.fields["function"]

    def isolate(self, *, unsafe: bool = False) -> Mapping[str, Any]:
        """What isolates the programs. Raises: UsageError where nothing does and ``unsafe`` is not set."""
        return self._checking.box.isolate(unsafe=unsafe)

    def close(self) -> None:
        """End the sandbox."""
        self._checking.box.close()


@cache
def problems() -> Mapping[str, Problem]:
    """The forty problems by the name of their function, as the text file beside this one has them."""
    whole = files("lamarck.environments.code").joinpath("functions.txt").read_text(encoding="utf-8")
    found = dict[str, Problem]()
    for part in whole.split("\n== ")[1:]:
        head, *sections = SECTION.split(part)
        name, _, words = head.partition("\n")
        given = dict(zip(sections[::2], sections[1::2], strict=True))
        code = given["code"].strip("\n") + "\n"
        found[name] = Problem(
            words=words.strip(),
            entry="BoundedStack" if name == "bounded_stack" else name,
            visible=tuple(given["shown"].strip().splitlines()),
            hidden=tuple(given["hidden"].strip().splitlines()),
            reference=code,
        )
    return found


@cache
def broken() -> Mapping[str, str]:
    """Each function with its bug, by name."""
    whole = files("lamarck.environments.code").joinpath("functions.txt").read_text(encoding="utf-8")
    bugs = [part.rpartition("- bug\n")[2].strip().splitlines()[0] for part in whole.split("\n== ")[1:]]
    pairs = zip(problems().items(), bugs, strict=True)
    found = dict[str, str]()
    for (name, problem), bug in pairs:
        right, _, wrong = bug.partition(" => ")
        found[name] = problem.reference.replace(right, wrong, 1)
    return found


@cache
def splits() -> Mapping[Split, tuple[str, ...]]:
    """The functions of each split, none in two: sealed 8, selection 8, practice 24."""
    order = sorted(problems(), key=lambda name: sha256(f"lamarck/functions/1 {name}".encode()).digest())
    sealed, rest = order[: HELD["sealed"]], order[HELD["sealed"] :]
    return {"sealed": tuple(sealed), "selection": tuple(rest[: HELD["selection"]]), "practice": tuple(rest[8:])}


def _task(name: str, node: str, split: Split) -> Task:
    problem = problems()[name]
    asked = f"{problem.asked}\n\n{FORM}"
    if node == "repair":
        wrong = f"This program has a bug:\n```python\n{broken()[name]}```"
        asked = f"{problem.asked}\n\n{wrong}\nFind it, and write the whole program without it. {FORM}"
    return Task(
        id=f"functions/{node}-{name}",
        kind="code",
        messages=(Message(role="user", text=asked),),
        fields={"function": name},
        reference=Reference(problem.reference),
        split=split,
        source="functions",
        parameters={"node": node},
    )


def _example(task: Task, at: int, seed: int) -> Experience:
    reference = problems()[task.fields["function"]].reference
    said = Message(role="assistant", text=f"```python\n{reference}```", author="reference")
    return Experience(
        task=task,
        solution=Solution(messages=(said,), author="reference"),
        feedback=Feedback(passed=True, score=1.0, text="right", source="construction"),
        sample=at,
        origin=Origin(operator="functions", seed=seed),
    )
