"""A small world: sums of two numbers."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import overload

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
NOTED = {"records", "notes", "old"}
"""Fields of a prompt that show what is to be concluded from, or to be reconciled."""
PARTS = ("solution", "first", "second")
"""Fields of a prompt that hold what is to be judged."""
SPLITS: tuple[Split, ...] = ("practice", "practice", "selection", "sealed")
WRITING = ("promptbreeder/", "evolutionary_agent/first", "evolutionary_agent/cross", "evolutionary_agent/norm")
"""Prompts that ask for words on how to go about it."""
ASKED = re.compile(r"left=(\d+) sign=(\S) right=(\d+)")
SHOWN = re.compile(r" text=(.*) title=", re.DOTALL)
STATED = re.compile(r"(\d+)([-+*])(\d+)")


@dataclass(kw_only=True)
class ToyEnvironment:
    """Tasks such as ``3+4``, made without end from a seed, with an exact check.

    ``objective.node`` ("add", "subtract", "multiply", "" = all in turn) and ``objective.parameters``
    (``highest``) steer what it makes. Splits share no problem: ``3+4`` and ``4+3`` are one. It reads
    final answers, and models can invent its tasks.
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
        (nodes, highest), rng = self._aim(objective), Random(f"{split} {seed}")
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
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same for an objective. Raises: UsageError as ``tasks``."""
        (nodes, highest), rng, made = self._aim(objective), Random(f"examples {seed}"), list[Experience]()
        for i in range(n):
            task = self._new(nodes[i % len(nodes)], highest, "practice", (), rng)
            text = self.right(task.prompt, rng.getrandbits(32))
            solution = Solution(messages=(Message(role="assistant", text=text, author="corpus"),), author="corpus")
            made.append(Experience(task=task, solution=solution, sample=i))
        return made

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n texts that say what different practice problems come to, every second one wrong; always the same ones."""
        nodes, highest = self._aim(objective)
        found, made, rng = dict[str, Task](), list[Task](), Random("documents")
        for i in range(self.n if n is None else n):
            task = self._new(nodes[i % len(nodes)], highest, "practice", found, rng)
            found[self.key(task)] = task
            said = (self.right if i % 2 else self.wrong)(task.prompt, i)
            text = f"We were asked for {task.messages[0].text}. {said}"
            fields = {"text": text, "title": "Sums", "source": f"toy.txt, line {i}"}
            words = (Message(role="user", text=text),)
            made.append(
                Task(
                    id=f"{self.name}/text {i}", kind="document", messages=words, fields=fields, source=fields["source"]
                )
            )
        return made

    def brief(self, objective: Objective, seed: int, /) -> Mapping[str, str]:
        """The sign and the largest number that are wanted; a sign the objective leaves open is drawn by the seed."""
        nodes, highest = self._aim(objective)
        return {"wanted": SIGNS[Random(f"brief {seed}").choice(nodes)], "highest": str(highest)}

    def invented(self, text: str, objective: Objective, /) -> Task | None:
        """The last ``3+4`` of a text as a practice task; None where there is none of this objective, or a held-out."""
        nodes, highest = self._aim(objective)
        stated = STATED.findall(text)
        left, sign, right = stated[-1] if stated else ("0", "", "0")
        if sign not in (SIGNS[node] for node in nodes) or max(int(left), int(right)) > highest:
            return None
        task = self._task(self.node(sign), int(left), int(right), "practice")
        return task if self.split(task) == "practice" else None

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

    @overload
    def answer(self, task: Task, solution: Solution, /) -> str | None: ...
    @overload
    def answer(self, task: Prompt, solution: int, /) -> str: ...
    def answer(self, task: Task | Prompt, solution: Solution | int, /) -> str | None:
        """The last number of a solution, None where there is none. For a prompt and a seed: see :meth:`right`."""
        match task, solution:
            case Prompt() as prompt, int() as seed:
                return self.right(prompt, seed)
            case _, Solution() as given:
                return self.says(given.text) or None
            case _:
                raise TypeError("give a task and a solution, or a prompt and a seed")

    # --- what a scripted model writes here ---

    def right(self, prompt: Prompt, seed: int) -> str:
        """A right text, in one of four wordings; as a judge the right grade, as an inventor a task that is wanted."""
        if "brief" in prompt.fields:
            rng, highest = Random(seed), int(prompt.fields["highest"])
            return f"{rng.randint(0, highest)}{prompt.fields['wanted']}{rng.randint(0, highest)}"
        if prompt.name.startswith(WRITING):
            return f"Add with care, in way {seed % 100}."
        if said := noted(prompt):
            return said
        if "text" in prompt.fields:
            return "".join(STATED.findall(prompt.fields["text"])[0])
        if prompt.name.endswith("/wrong"):
            return self.wrong(prompt, seed)
        left, sign, right = (prompt.fields[name] for name in ("left", "sign", "right"))
        found = result(left, sign, right)
        if prompt.name.endswith("/principles"):
            return f"I am an assistant that keeps to its principles. By 11 I count.\nSays: {found}"
        if said := self.judged(prompt, str(found)):
            return said
        if prompt.name.endswith("_first"):
            return f"input: none\noutput: {found}"
        wordings = (f"{found}", f"= {found}", f"{left}{sign}{right} = {found}", f"The result is {found}")
        return wordings[seed % len(wordings)]

    def wrong(self, prompt: Prompt, seed: int) -> str:
        """A wrong text, off by 1 to 9; as a judge the wrong grade, as an inventor nothing that is a task."""
        if "brief" in prompt.fields:
            return "Nothing comes to mind."
        if prompt.name.startswith(WRITING):
            return "Guess."
        if said := noted(prompt):
            return said
        if "text" in prompt.fields:
            left, sign, right = STATED.findall(prompt.fields["text"])[0]
            return f"{left}{sign}{int(right) + 1}"
        left, sign, right = (prompt.fields[name] for name in ("left", "sign", "right"))
        found = result(left, sign, right)
        if said := self.judged(prompt, str(found), lies=True):
            return said
        return f"{'output: ' * prompt.name.endswith('_first')}= {found + 1 + seed % 9}"

    def solved(self, prompt: Prompt) -> str:
        """What the sum that a prompt is about comes to, whatever else it asks."""
        return str(result(*(prompt.fields[name] for name in ("left", "sign", "right"))))

    def judged(self, prompt: Prompt, found: str, *, lies: bool = False) -> str:
        """A judge's reply by what is right, or its contrary; "" where the prompt asks for none."""
        good = {name: (self.says(prompt.fields[name]) == found) != lies for name in PARTS if name in prompt.fields}
        if prompt.name.endswith("/judge"):
            return f"Score: {5 if good.get('solution', not lies) else 1}"
        if prompt.name.endswith("/gain"):
            return f"verdict: {'yes' if good['solution'] else 'no'}"
        if prompt.name == "grade/single":
            return prompt.fields["wanted"].replace("<points>", "9" if good["solution"] else "2")
        if prompt.name == "win_rate/compare" or prompt.name.startswith("alpacafarm/"):
            equal = good["first"] == good["second"]
            return f"winner: {'tie' if equal else 'first' if good['first'] else 'second'}"
        if prompt.name == "chateval/score":
            return "\n".join(f"{name}: {9 if good[name] else 2}" for name in ("first", "second"))
        return "I have looked at both sums." if prompt.name.startswith("chateval/") else ""

    def taught(self, row: Row) -> bool:
        """Whether what a training row teaches is right."""
        asked = ASKED.search(row.messages[0].text)
        shown, stated = SHOWN.search(row.messages[0].text), STATED.fullmatch(row.messages[-1].text)
        if shown and stated:  # a problem that the text is an answer to
            return self.says(shown[1]) == str(result(*stated.groups()))
        if asked is None:
            return False
        left, sign, right = asked.groups()
        return self.says(row.messages[-1].text) == str(result(left, sign, right))

    def says(self, text: str) -> str:
        """The last number of a text, "" where there is none."""
        numbers = re.findall(r"-?\d+", text)
        return numbers[-1] if numbers else ""

    def _aim(self, objective: Objective) -> tuple[list[str], int]:
        """The nodes and the largest number that an objective asks for. Raises: UsageError for what it does not know."""
        for name in objective.parameters:
            if name != "highest":
                raise unknown("toy parameter", name, ["highest"])
        if objective.node and objective.node not in SIGNS:
            raise unknown("toy node", objective.node, SIGNS)
        highest = int(objective.parameters.get("highest") or self.highest)
        return [objective.node] if objective.node else list(SIGNS), highest

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


def noted(prompt: Prompt) -> str:
    """What is concluded from experiences, and that no two conclusions exclude each other; "" where nobody asks that."""
    if not NOTED.isdisjoint(prompt.fields):
        return "apart" if prompt.name.endswith("/agree") else "If numbers are added, then say their sum."
    return ""


def result(left: str | int, sign: str, right: str | int) -> int:
    """What a problem comes to."""
    a, b = int(left), int(right)
    return a + b if sign == "+" else a - b if sign == "-" else a * b
