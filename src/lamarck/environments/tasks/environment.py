"""An environment made of a user's file or data set of tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
from lamarck.environments.code import problem as problems
from lamarck.environments.code.box import Box
from lamarck.environments.code.checking import CodeCheck
from lamarck.environments.code.project import ProjectCheck
from lamarck.environments.tasks import asking, checks
from lamarck.environments.tasks.item import Item
from lamarck.environments.tasks.own import OwnCheck
from lamarck.environments.tasks.reading import CHECKS, Reading, read

AUTHOR = "reference"
"""Who wrote a labelled example: no learner."""
EARLY = 4
"""Calls of a user's own check that may all have failed when the next tasks are asked for."""


@dataclass(frozen=True, kw_only=True)
class FileTasks:
    """Tasks of a table: asked in their format's words, checked as the user says, in splits that never overlap.

    Labels, tests and every other column stay here; a task carries its question, and its label behind a guard. The
    objective's node is a group of the data (a subject); parameters it knows none.
    """

    name: str
    ability: str
    reading: Reading
    check_by: checks.Check
    rule: str
    """The check's name; "own" for a function of the user's."""
    items: Mapping[str, Item] = field(default_factory=dict[str, Item])
    """Task id -> item."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n tasks of a split, in an order that does not depend on the file's. Raises: UsageError."""
        self.settle(patience=EARLY)
        if objective.parameters:
            names = ", ".join(map(repr, objective.parameters))
            raise UsageError(f"{self.name} is a fixed set and knows no parameter {names}; leave it out")
        groups = {item.group for item in self.items.values() if item.group}
        if objective.node and objective.node not in groups:
            raise unknown(f"node of {self.name}", objective.node, groups)
        found = [item for item in self.reading.items[split] if not objective.node or item.group == objective.node]
        return [self._task(item, split) for item in found[:n]]

    def must_pass(self) -> Sequence[Task]:
        """The rows that are marked so, of the selection split."""
        return [self._task(item, "selection") for item in self.reading.items["selection"] if item.must_pass]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The verdict of the check. A task that is none of the file's, nor checked as one, has no verdict."""
        item = self._item(task)
        if item is None:
            return Feedback(passed=None, text=f"no task of {self.name}", source=checks.SOURCE)
        return self.check_by(item, task, solution)

    def shown(self, task: Task, /) -> Sequence[str]:
        """The tests that a problem of code shows; none for other tasks."""
        item = self._item(task)
        return problems.of_row(item.row).visible if item and isinstance(self.check_by, CodeCheck) else ()

    def tested(self, task: Task, solution: Solution, tests: Sequence[str], /) -> Feedback:
        """What these tests say of a program. Raises: UsageError for a file that is not checked by tests."""
        if not isinstance(self.check_by, CodeCheck):
            raise UsageError(f"{self.name} is checked by {self.rule}, which runs no programs; type --check code")
        item = self._item(task)
        return self.check_by.tested(problems.of_row(item.row) if item else None, solution, tests)

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """The solution's final answer, in the form of the task's group. Looks at no label."""
        item = self._item(task)
        return item.answers.read(solution.text) if item else None

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """At most n labelled practice items, each as a model should answer it; none where the file has no labels."""
        return self.labelled(n, seed, Objective(ability=self.ability))

    def labelled(self, n: int, seed: int, objective: Objective, /) -> Sequence[Experience]:
        """The same of the objective's node, in random order."""
        found = [
            item
            for item in self.reading.items["practice"]
            if item.reference and self.rule != "regex" and objective.node in ("", item.group)
        ]
        drawn = Random(f"{self.name} examples {seed}").sample(found, min(n, len(found)))
        return [self._example(item, at, seed) for at, item in enumerate(drawn)]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None: a file says nothing of other abilities."""
        return {}

    def key(self, task: Task, /) -> str:
        """The question's digest, whatever its letter case and spacing."""
        item = self.items.get(task.id)
        return item.key if item else Item(question=task.messages[-1].text).key

    def settle(self, patience: int = 1) -> None:
        """Nothing, or the end where all of so many calls of the user's own check have failed. Raises: UsageError."""
        if isinstance(self.check_by, OwnCheck):
            self.check_by.settle(patience)

    @property
    def mark(self) -> str:
        """The source and the digest of its content: what a run keeps to find it again."""
        return self.reading.mark

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of the file's rows."""
        return self.reading.counts

    def isolate(self, *, unsafe: bool = False) -> Mapping[str, Any]:
        """What isolates programs, nothing where none is run.

        Raises: UsageError where this machine cannot isolate and ``unsafe`` is not set.
        """
        runs = not isinstance(self.check_by, OwnCheck) or self.check_by.shape == "openevolve"
        return self._box.isolate(unsafe=unsafe) if self._box and runs else {}

    def close(self) -> None:
        """End what the check holds: the sandbox of code."""
        if self._box:
            self._box.close()

    @property
    def _box(self) -> Box | None:
        return self.check_by.box if isinstance(self.check_by, CodeCheck | ProjectCheck | OwnCheck) else None

    def _item(self, task: Task) -> Item | None:
        """The row that a task is, or that it was made of and is checked as."""
        return self.items.get(task.id) or self.items.get(str(task.parameters.get("checked_as")))

    def _task(self, item: Item, split: Split) -> Task:
        words = self.check_by.words(item) if isinstance(self.check_by, CodeCheck) else asking.words(item, self.rule)
        return Task(
            id=f"{self.name}/{item.key}",
            kind=self.rule,
            messages=(*item.before, Message(role="user", text=words)),
            fields={"question": item.question},
            reference=Reference(item.reference) if item.reference else None,
            split=split,
            source=self.name,
            parameters={"row": item.number} | ({"node": item.group} if item.group else {}),
        )

    def _example(self, item: Item, at: int, seed: int) -> Experience:
        said = Message(role="assistant", text=asking.answered(item, self.rule), author=AUTHOR)
        return Experience(
            task=self._task(item, "practice"),
            solution=Solution(messages=(said,), author=AUTHOR),
            feedback=Feedback(passed=True, score=1.0, text="right", source=AUTHOR),
            sample=at,
            origin=Origin(operator=AUTHOR, seed=seed),
        )


def from_tasks(
    name: str, *, check: str = "", columns: Mapping[str, str] | None = None, skip_bad: bool = False
) -> FileTasks:
    """The environment of a file, a data set, or a mark of either.

    In: ``check`` as `lamarck run --check` takes it, "" for what the format says; ``columns`` what a task is made of ->
    its column. Raises: UsageError for anything that is wrong with the file or the check.
    """
    own = OwnCheck.load(check) if check and check not in CHECKS else None
    reading = read(name, check=check, columns=columns, skip_bad=skip_bad)
    rule = "own" if own else reading.check
    called = _called(name)
    items = {f"{called}/{item.key}": item for split in reading.items.values() for item in split}
    by = own or checks.by_name(rule)
    return FileTasks(name=called, ability=called, reading=reading, check_by=by, rule=rule, items=items)


def _called(name: str) -> str:
    """A short name for people and folders: the file's stem, or the data set's last part."""
    source = name.partition("#sha256:")[0]
    stem = Path(source).stem if Path(source).suffix else source.rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:48] or "tasks"
