"""Tasks of several turns: answered one after the other, and shown to a judge turn by turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lamarck.core import Context, Learner, Message, Solution, Task
from lamarck.operators.held_out import answers

CALLED = {"user": "User", "assistant": "Assistant", "system": "Instructions", "tool": "Tool"}


@dataclass(frozen=True, kw_only=True)
class View:
    """One turn as a judge sees it: everything that was said before, and the answer to the last of it."""

    asked: str
    answer: str


def parts(task: Task) -> list[tuple[Message, ...]]:
    """The task's messages cut after each user's turn that still waits for an answer; one part for most tasks."""
    found, part = list[tuple[Message, ...]](), list[Message]()
    for at, message in enumerate(task.messages):
        part.append(message)
        following = task.messages[at + 1].role if at + 1 < len(task.messages) else ""
        if message.role == "user" and following in ("user", ""):
            found.append(tuple(part))
            part = []
    return [*found, tuple(part)] if part or not found else found


def dialogues(
    tasks: Sequence[Task], learner: Learner, ctx: Context, n: int, temperatures: Mapping[str, float], temperature: float
) -> list[list[Solution | None]]:
    """n answers to each task, [tasks][n], each turn answered in view of the answers before it; None where none came.

    In: temperatures by the task's node (its category), and the one for all others. The solution of a task of several
    turns holds the answers and, between them, the user's further turns. Each turn and temperature draws for itself.
    """
    found: dict[str, list[Solution | None]] = {}
    warmth = {task.id: temperatures.get(str(task.parameters.get("node", "")), temperature) for task in tasks}
    for degree in dict.fromkeys(warmth.values()):
        some = [task for task in tasks if warmth[task.id] == degree]
        single = [task for task in some if len(parts(task)) == 1]
        found |= dict(zip((t.id for t in single), answers(single, learner, ctx, n, degree), strict=True))
        for task in some:
            if task.id not in found:
                found[task.id] = [_talked(task, i, learner, ctx, degree) for i in range(n)]
    return [found[task.id] for task in tasks]


def _talked(task: Task, sample: int, learner: Learner, ctx: Context, temperature: float) -> Solution | None:
    """One answer to a task of several turns."""
    first, *later = parts(task)
    history, said, last = list(first), list[Message](), None
    for turn, more in enumerate([(), *later]):
        history += more
        said += more
        now = replace(task, id=f"{task.id} {sample}", messages=tuple(history))
        last = answers([now], learner, ctx.within(f"{ctx.operator}.turn-{turn}"), 1, temperature)[0][0]
        if last is None:
            return None
        history += last.messages[-1:]
        said += last.messages[-1:]
    return last and replace(last, messages=tuple(said))


def views(task: Task, solution: Solution | None) -> list[View]:
    """Each turn of the task with its answer, "" where there is none. One for a task of one turn."""
    cut = parts(task)
    if len(cut) == 1:
        return [View(asked=_words(task.messages), answer=solution.text.strip() if solution else "")]
    given = [m for m in solution.messages if m.role == "assistant"] if solution else []
    found, history = list[View](), list[Message]()
    for turn, part in enumerate(cut):
        history += part
        answer = given[turn].text.strip() if turn < len(given) else ""
        found.append(View(asked=_words(history), answer=answer))
        history.append(Message(role="assistant", text=answer))
    return found


def _words(messages: Sequence[Message]) -> str:
    """What was said, with who said it where it was more than one."""
    spoken = [m for m in messages if m.role != "system"]
    if len(spoken) == 1:
        return spoken[0].text
    return "\n\n".join(f"{CALLED[m.role]}: {m.text}" for m in messages)
