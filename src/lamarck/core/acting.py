"""Worlds that are acted in: what an action is in a text, and what a trajectory comes to when it is played again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from lamarck.core.protocols import Environment
from lamarck.core.types import Feedback, Solution, Task

MARK = re.compile(r"^[\s>*_#`-]*action[\s*_`]*:[\s*_`]*(.+?)[\s*_`]*$", re.IGNORECASE | re.MULTILINE)
"""A line such as ``Action: open the drawer``."""


class Episode(Protocol):
    """One try at a task, as far as it has gone. What happens follows from the task and the actions alone."""

    @property
    def seen(self) -> str:
        """What is seen now, in words: after the last action, or before the first."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more can be done."""
        ...

    @property
    def score(self) -> float:
        """What has been reached so far, 0 to 1; 1 is the goal."""
        ...

    def refused(self, action: str, /) -> str:
        """Why this cannot be done now, "" where it can. Changes nothing."""
        ...

    def act(self, action: str, /) -> None:
        """Do this. What cannot be done changes nothing but ``seen``, and may cost a turn. Never raises."""
        ...


class Interactive(Environment, Protocol):
    """An environment whose tasks are acted out, turn by turn."""

    def begin(self, task: Task, /) -> Episode:
        """A new try at a task. It needs no reference, and what it sees first stands in the task's words."""
        ...


def action(text: str) -> str:
    """What a model's turn does: its last line ``action: ...``, or its last line where none is marked."""
    marked: list[str] = MARK.findall(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return marked[-1] if marked else lines[-1] if lines else ""


def actions(solution: Solution) -> Sequence[str]:
    """The actions of a trajectory, one an assistant's turn."""
    return [action(message.text) for message in solution.messages if message.role == "assistant"]


def replayed(world: Interactive, task: Task, solution: Solution) -> Feedback:
    """The verdict on a trajectory: its actions are done again, whatever it says was seen. What comes after the end
    counts for nothing."""
    episode, done = world.begin(task), 0
    for each in actions(solution):
        if episode.over:
            break
        episode.act(each)
        done += 1
    reached = episode.score >= 1.0
    text = "right" if reached else f"the goal was not reached; last seen: {episode.seen}"
    return Feedback(score=episode.score, passed=reached, text=text, source="verifier", details={"actions": done})
