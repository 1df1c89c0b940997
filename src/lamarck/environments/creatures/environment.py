"""The environment `creatures`: which group is it of?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from lamarck.core import (
    Experience,
    Feedback,
    Message,
    Objective,
    Reference,
    Solution,
    Split,
    Task,
    UsageError,
    digest,
    unknown,
)
from lamarck.environments.creatures.table import FEATURES, GROUPS, KINDS, Signs, table, words

SPLITS: tuple[Split, ...] = ("practice", "practice", "practice", "selection", "sealed")
UNSIZED = 120
"""Tasks where no number is asked for."""
PATIENCE = 10_000


class Creatures:
    """Creatures without end, made from a seed, whose groups follow a truth table of two features a kind.

    ``objective.node`` is a kind, "" = all in turn; the parameter ``drift`` lets the tables change half way through the
    practice tasks of a call, and held-out tasks then follow the new ones. No two splits share a creature. Of a
    practice task the verdict says which group it was, as life does.
    """

    name: str = "creatures"
    ability: str = "sorting creatures"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """n different tasks. Raises: UsageError for a node or parameter it does not know, or where there are fewer."""
        drift, kinds = _aim(objective)
        rng, found, wanted = Random(f"creatures {split} {seed}"), dict[str, Task](), UNSIZED if n is None else n
        for number in range(wanted):
            drifted = drift and (split != "practice" or number >= wanted / 2)
            task = _new(kinds[number % len(kinds)], split, found, rng, drifted=drifted)
            found[self.key(task)] = task
        return list(found.values())

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """Whether the last group that the text names is the creature's."""
        right = task.reference.read() if task.reference else ""
        passed = self.answer(task, solution) == right
        told = f"it is of group {right}" if task.split == "practice" else ""
        return Feedback(score=float(passed), passed=passed, text=told, source="verifier")

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """The last single letter from A to D."""
        named = re.findall(rf"\b[{''.join(GROUPS)}]\b", solution.text)
        return named[-1] if named else None

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n practice creatures with their groups."""
        found = self.tasks("practice", n, digest("examples", seed), Objective(ability=self.ability))
        return [_example(task, at) for at, task in enumerate(found)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Nothing else is measured here."""
        return {}

    def key(self, task: Task, /) -> str:
        """Kind and features."""
        return f"{task.fields['creature']}"


def _aim(objective: Objective) -> tuple[bool, Sequence[str]]:
    for name in objective.parameters:
        if name != "drift":
            raise unknown("parameter of creatures", name, ["drift"])
    if objective.node and objective.node not in KINDS:
        raise unknown("node of creatures", objective.node, KINDS)
    return bool(objective.parameters.get("drift")), [objective.node] if objective.node else KINDS


def _new(kind: str, split: Split, found: Mapping[str, Task], rng: Random, *, drifted: bool) -> Task:
    for _ in range(PATIENCE):
        signs = tuple(rng.randrange(2) for _ in FEATURES)
        creature = words(kind, signs)
        if SPLITS[digest("creatures", creature) % len(SPLITS)] == split and creature not in found:
            return _task(kind, signs, split, drifted=drifted)
    raise UsageError(f"no more {split} creatures of the kind {kind}; ask for fewer")


def _task(kind: str, signs: Signs, split: Split, *, drifted: bool) -> Task:
    creature = words(kind, signs)
    asked = f"What group is this {creature}? {', '.join(GROUPS[:-1])} or {GROUPS[-1]}?"
    return Task(
        id=f"creatures/{kind}-{''.join(map(str, signs))}{'-new' if drifted else ''}",
        kind="creature",
        messages=(Message(role="user", text=asked),),
        fields={"creature": creature},
        reference=Reference(table(kind, drifted=drifted).group(signs)),
        split=split,
        source="creatures",
        parameters={"node": kind},
    )


def _example(task: Task, at: int) -> Experience:
    text = task.reference.read() if task.reference else ""
    said = (Message(role="assistant", text=text, author="world"),)
    return Experience(task=task, solution=Solution(messages=said, author="world"), sample=at)
