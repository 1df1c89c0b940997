"""The checks by name: each rules on one solution of one item, whatever the model wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

from lamarck.core import Feedback, Solution, Task
from lamarck.environments.code.checking import CodeCheck
from lamarck.environments.code.project import ProjectCheck
from lamarck.environments.game24.verify import verify
from lamarck.environments.tasks import constraints
from lamarck.environments.tasks.item import Item

Check = Callable[[Item, Task, Solution], Feedback]
"""In: the item, its task (whose reference may be read), a solution."""
SOURCE = "verifier"
LONGEST = 20_000
"""Characters of a text that a pattern is looked for in: its last ones."""


def answer(item: Item, task: Task, solution: Solution) -> Feedback:
    """Exact, numeric, choice: the final answer against the label."""
    if task.reference is None:
        return Feedback(passed=None, text="the task has no label", source=SOURCE)
    found = solution.answer if solution.answer is not None else item.answers.read(solution.text)
    right = found is not None and item.answers.same(found, task.reference.read())
    text = (
        "right"
        if right
        else "no final answer can be read"
        if found is None
        else f"the answer {found[:80]!r} is not right"
    )
    return Feedback(
        passed=right, score=float(right), text=text, source=SOURCE, details={"answer": found and found[:200]}
    )


def regex(item: Item, task: Task, solution: Solution) -> Feedback:
    """The label is a pattern that the text must hold."""
    if task.reference is None:
        return Feedback(passed=None, text="the task has no label", source=SOURCE)
    right = re.search(task.reference.read(), solution.text[-LONGEST:], re.MULTILINE) is not None
    text = "right" if right else "the text does not hold what is asked for"
    return Feedback(passed=right, score=float(right), text=text, source=SOURCE)


def game24(item: Item, task: Task, solution: Solution) -> Feedback:
    """The rules of the Game of 24."""
    ruling = verify([int(number) for number in item.question.split()], 24, solution.text)
    return Feedback(passed=ruling.right, score=float(ruling.right), text=ruling.why or "right", source=SOURCE)


def constrained(item: Item, task: Task, solution: Solution) -> Feedback:
    """IFEval's constraints: passed where the text follows all of them; the score is the share followed."""
    ruling = constraints.ruled(item.row, solution.text)
    return Feedback(
        passed=ruling.strict,
        score=ruling.share,
        text="right" if ruling.strict else f"does not follow: {', '.join(ruling.broken)}",
        source=SOURCE,
        details={"strict": ruling.strict, "loose": ruling.loose, "followed": ruling.followed, "asked": ruling.asked},
    )


def unruled(item: Item, task: Task, solution: Solution) -> Feedback:
    """Instructions whose answers only a judge can tell apart: no verdict."""
    return Feedback(passed=None, text="nothing checks it", source=SOURCE)


def by_name(name: str) -> Check:
    """The check of a name."""
    if name == "code":
        return CodeCheck()
    if name.startswith("project"):
        return ProjectCheck(trusted=name == "project-trusted")
    return {"regex": regex, "game24": game24, "constraints": constrained, "none": unruled}.get(name, answer)
