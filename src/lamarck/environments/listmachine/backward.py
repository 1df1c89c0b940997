"""A program to run, turned round: its last list is given, and a list is asked for that it starts from."""

from __future__ import annotations

from lamarck.core import Feedback, Message, Reference, Task
from lamarck.environments.listmachine.corpus import back_line
from lamarck.environments.listmachine.machine import OPERATIONS, run
from lamarck.environments.listmachine.reading import read


def turned(task: Task, target: str) -> Task | None:
    """The backward task of one to run; None where it has a constant, which the small model reads forwards only.

    Its reference is the list that the task gave. Others may do as well, so it is the machine that rules.
    """
    program = task.fields.get("program", "")
    if task.kind != "exec" or "list" not in task.fields or not set(program) <= set(OPERATIONS):
        return None
    fields = {"program": program, "target": target, "operations": task.fields["operations"]}
    line = back_line(target, program)
    return Task(
        id=f"listmachine/{line.rstrip('=')}",
        kind="exec",
        messages=(Message(role="user", text=words(program, target)),),
        fields={**fields, "line": line, "direct": line},
        reference=Reference(task.fields["list"]),
        split=task.split,
        source="listmachine",
        parameters={"kind": "exec"},
    )


def is_turned(task: Task) -> bool:
    """Whether the task asks for the list."""
    return task.kind == "exec" and "list" not in task.fields


def stated(task: Task, text: str) -> str | None:
    """The list that an answer comes to."""
    return read("exec", task.fields["operations"], text).answer


def ruled(task: Task, text: str) -> Feedback:
    """Right where the program, run on the list that the text comes to, gives the target."""
    found, fields = stated(task, text), task.fields
    reached = run(fields["program"], found) if found and len(found) == len(fields["target"]) else None
    right = reached == fields["target"]
    why = "no list of that length was found; end with a line like `answer: ...`" if reached is None else ""
    why = why or f"the program {fields['program']} turns {found} into {reached}, not into {fields['target']}"
    return Feedback(
        score=float(right),
        passed=right,
        text="right" if right else why,
        source="verifier",
        details={"reached": reached},
    )


def words(program: str, target: str) -> str:
    """The task for a language model that never saw the list machine."""
    table = "\n".join(f"{letter}: {OPERATIONS[letter].words}" for letter in dict.fromkeys(program))
    return (
        f"A list of digits is changed by operations, each written as one letter:\n{table}\n"
        f"The program {program} was run on a list: its operations were done from left to right, each on the list that "
        f"the one before it gave. The last list was {target}. Find a list that it can have started from. Undo the "
        "operations from right to left and write the list before each of them. End with the first list on a line of "
        f"its own, in this form: `answer: {'0' * len(target)}`"
    )
