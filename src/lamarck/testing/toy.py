"""A small world: sums of two numbers."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lamarck.core import (
    Experience,
    Feedback,
    Message,
    Objective,
    Prompt,
    Reference,
    Row,
    Solution,
    Split,
    Task,
    UsageError,
    digest,
    unknown,
)

SIGNS: Mapping[str, str] = {"add": "+", "subtract": "-", "multiply": "*"}
"""The tree of abilities: node -> its sign."""
PATIENCE = 10_000
SPLITS: tuple[Split, ...] = ("practice", "practice", "selection", "sealed")
ASKED = re.compile(r"left=(\d+) sign=(\S) right=(\d+)")


@dataclass(kw_only=True)
class ToyEnvironment:
    """Tasks such as ``3+4``, made without end from a seed, with an exact check.

    ``objective.node`` ("add", "subtract", "multiply", "" = all in turn) and ``objective.parameters``
    (``highest``) steer what it makes. Splits share no problem: ``3+4`` and ``4+3`` are one.
    """

    name: str = "toy"
    ability: str = "sums"
    n: int = 24
    """Tasks where no number is asked for."""
    highest: int = 30
    """Largest number in a task."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n different tasks, in equal shares of the nodes.

        Raises: UsageError for a node or parameter it does not know, or where there are not that many.
        """
        for name in objective.parameters:
            if name != "highest":
                raise unknown("toy parameter", name, ["highest"])
        if objective.node and objective.node not in SIGNS:
            raise unknown("toy node", objective.node, SIGNS)
        highest = int(objective.parameters.get("highest") or self.highest)
        nodes, rng = [objective.node] if objective.node else list(SIGNS), Random(f"{split} {seed}")
        found: dict[str, Task] = {}
        for i in range(self.n if n is None else n):
            task = self._new(nodes[i % len(nodes)], highest, split, found, rng)
            found[self.key(task)] = task
        return list(found.values())

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """Whether the last number of the text is the result."""
        right = self.says(solution.text) == (task.reference.read() if task.reference else "")
        return Feedback(score=float(right), passed=right, text="right" if right else "wrong", source="verifier")

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n right answers to practice tasks; the same task may come twice."""
        rng, nodes, made = Random(f"examples {seed}"), list(SIGNS), list[Experience]()
        for i in range(n):
            task = self._new(nodes[i % len(nodes)], self.highest, "practice", (), rng)
            text = self.answer(task.prompt, rng.getrandbits(32))
            solution = Solution(messages=(Message(role="assistant", text=text, author="corpus"),), author="corpus")
            made.append(Experience(task=task, solution=solution, sample=i))
        return made

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Doubles of four-digit numbers, which are no task otherwise."""
        numbers = Random(f"protected {seed}").sample(range(1000, 10_000), n)
        return {"doubles": [self._task("add", a, a, "selection") for a in numbers]}

    def key(self, task: Task, /) -> str:
        """The problem, in one order where the order does not matter."""
        left, sign, right = (task.fields[name] for name in ("left", "sign", "right"))
        return f"{left}-{right}" if sign == "-" else sign.join(sorted((left, right), key=int))

    def node(self, sign: str) -> str:
        """The node of the ability tree a sign belongs to."""
        return next(node for node, own in SIGNS.items() if own == sign)

    def split(self, task: Task) -> Split:
        """The one split a task belongs to, by its key."""
        return SPLITS[digest("split", self.key(task)) % len(SPLITS)]

    # --- what a scripted model writes here ---

    def answer(self, prompt: Prompt, seed: int) -> str:
        """A right text, in one of four wordings."""
        left, sign, right = (prompt.fields[name] for name in ("left", "sign", "right"))
        found = result(left, sign, right)
        wordings = (f"{found}", f"= {found}", f"{left}{sign}{right} = {found}", f"The result is {found}")
        return wordings[seed % len(wordings)]

    def wrong(self, prompt: Prompt, seed: int) -> str:
        """A wrong text, off by 1 to 9."""
        left, sign, right = (prompt.fields[name] for name in ("left", "sign", "right"))
        return f"= {result(left, sign, right) + 1 + seed % 9}"

    def taught(self, row: Row) -> bool:
        """Whether what a training row teaches is right."""
        asked = ASKED.search(row.messages[0].text)
        if asked is None:
            return False
        left, sign, right = asked.groups()
        return self.says(row.messages[-1].text) == str(result(left, sign, right))

    def says(self, text: str) -> str:
        """The last number of a text, "" where there is none."""
        numbers = re.findall(r"-?\d+", text)
        return numbers[-1] if numbers else ""

    def _new(self, node: str, highest: int, split: Split, found: Container[str], rng: Random) -> Task:
        for _ in range(PATIENCE):
            task = self._task(node, rng.randint(0, highest), rng.randint(0, highest), split)
            if self.split(task) == split and self.key(task) not in found:
                return task
        raise UsageError(f"no more {split} tasks of {node} with numbers up to {highest}; ask for fewer")

    def _task(self, node: str, left: int, right: int, split: Split) -> Task:
        sign = SIGNS[node]
        return Task(
            id=f"{self.name}/{left}{sign}{right}",
            kind="sum",
            messages=(Message(role="user", text=f"{left}{sign}{right}"),),
            fields={"left": str(left), "sign": sign, "right": str(right)},
            reference=Reference(str(result(left, sign, right))),
            split=split,
            source=self.name,
            parameters={"node": node},
        )


def result(left: str | int, sign: str, right: str | int) -> int:
    """What a problem comes to."""
    a, b = int(left), int(right)
    return a + b if sign == "+" else a - b if sign == "-" else a * b
