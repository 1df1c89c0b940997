"""The environment `diary`: what does somebody know of people who have talked to it for ten days?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lamarck.core import Experience, Feedback, Message, Objective, Reference, Solution, Split, Task, UsageError
from lamarck.environments.diary.script import FACTS, NEWS, PEOPLE, Turn, questions, turns

SELECTION = PEOPLE[: len(PEOPLE) // 2]
"""Whose questions at the end the gate looks at; the others' are scored once."""


class Diary:
    """Ten days of six people's talk as practice, a stream a person, in the order of the days; questions after them.

    A fixed set: 12 turns a day, so that ``Dataset(of=10)`` is a day a round. Told things want any reply; a question is
    answered right by naming what holds that day and nothing that could hold instead. The nodes are "stable" and
    "changed": whether the fact was told once or has changed.
    """

    name: str = "diary"
    ability: str = "remembering people"

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n turns of a split. Raises: UsageError where the objective has a node or parameters."""
        if objective.node or objective.parameters:
            raise UsageError("diary is a fixed set and knows no node or parameter; leave the objective without them")
        if split == "practice":
            return [_task(turn, at, split) for at, turn in enumerate(turns())][:n]
        asked = [turn for turn in questions() if (turn.person in SELECTION) == (split == "selection")]
        return [_task(turn, at, split) for at, turn in enumerate(asked)][:n]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """Whether what the text names is what holds; any text will do where nothing was asked."""
        if not task.parameters.get("fact"):
            heard = bool(solution.text.strip())
            return Feedback(score=float(heard), passed=heard, source="verifier")
        right = task.reference.read() if task.reference else ""
        passed = named(str(task.parameters["fact"]), solution.text) == {right}
        return Feedback(score=float(passed), passed=passed, source="verifier")

    def answer(self, task: Task, solution: Solution, /) -> str | None:
        """The one value that the text names."""
        found = named(str(task.parameters.get("fact")), solution.text)
        return found.pop() if len(found) == 1 else None

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None: what people tell is not known beforehand."""
        return []

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Nothing else is measured here."""
        return {}

    def key(self, task: Task, /) -> str:
        """Who says what when."""
        return task.messages[-1].text


def named(fact: str, text: str) -> set[str]:
    """Which of a fact's possible values a text names."""
    return {value for value in FACTS.get(fact, ()) if re.search(rf"\b{re.escape(value)}\b", text, re.IGNORECASE)}


def _task(turn: Turn, at: int, split: Split) -> Task:
    changed = list(NEWS.values()).count(turn.fact) > 1
    node = {"node": "changed" if changed else "stable"} if turn.is_question else {}
    asked = {"fact": turn.fact} if turn.is_question else {}
    return Task(
        id=f"diary/{split}-day-{turn.day}-{turn.person}-{at}",
        kind="talk",
        messages=(Message(role="user", text=turn.words),),
        fields={"turn": turn.words},
        reference=Reference(turn.value) if turn.is_question else None,
        stream=turn.person,
        split=split,
        source="diary",
        parameters={"day": turn.day, **asked, **node},
    )
