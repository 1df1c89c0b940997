"""What a task that was made of another one says of it, in its parameters.

"of" is the id of the task it was made of, "root" that of the first in the line, "step" how far it is from there, and
"by" the prompt or rule that made it. "checked_as" is the id of the task whose answer is read and checked in the same
way, where there is such a one; its own label is in its reference.
"""

from __future__ import annotations

from dataclasses import replace

from lamarck.core import Task


def born(new: Task, old: Task, *, by: str, alike: bool = False) -> Task:
    """The new task with its descent from the old one, and the old one's node where it has none of its own.

    In: whether its answer is read and checked as the old one's is.
    """
    node = {"node": old.parameters["node"]} if "node" in old.parameters else {}
    told = {"of": old.id, "root": root(old), "step": step(old) + 1, "by": by}
    checked = {"checked_as": old.parameters.get("checked_as") or old.id} if alike else {}
    return replace(new, parameters={**node, **new.parameters, **told, **checked})


def root(task: Task) -> str:
    """The id of the first task in its line: its own where it was made of none."""
    return str(task.parameters.get("root") or task.id)


def step(task: Task) -> int:
    """How many times it was made of another one."""
    return int(task.parameters.get("step") or 0)
