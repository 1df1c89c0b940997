"""What the operators that make tasks share: the words and the key of a task, a reply read as one, what is wanted.

An environment that is ``Inventing`` reads what a model wrote and gives the key that tells what is new; everywhere else
the reply is the task, of kind "instruction", and its normalised words are its key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lamarck.core import (
    Context,
    Experience,
    Inventing,
    Learner,
    Message,
    Objective,
    Origin,
    Prompt,
    Solution,
    Stating,
    Task,
    digest,
    offers,
)
from lamarck.likeness.copies import plain

KIND = "instruction"
"""Of a task in free text."""
QUESTION = "question"
"""The field that holds what is asked without the form of the answer, where a task tells them apart."""
_LABEL = re.compile(r"^\s*(?:(?:new\s+)?task\s*\d*|\d+)\s*[:.)]\s+", re.IGNORECASE)


def words(task: Task) -> str:
    """The task in words."""
    return task.messages[-1].text


def question(task: Task) -> str:
    """What is asked, without the form of the answer where the task tells them apart."""
    bare = task.fields.get(QUESTION, "")
    return bare if bare and bare in words(task) else words(task)


def asking(task: Task, asked: str, **fields: str) -> Task:
    """The task with another question in place of its own; the form of the answer stays."""
    text = words(task).replace(question(task), asked, 1)
    turns = (*task.messages[:-1], replace(task.messages[-1], text=text))
    return replace(task, messages=turns, fields={**task.fields, QUESTION: asked, **fields})


def instruction(id: str, asked: str, source: str) -> Task:
    """A task in free text."""
    return Task(id=id, kind=KIND, messages=(Message(role="user", text=asked),), fields={QUESTION: asked}, source=source)


def key(task: Task, ctx: Context) -> str:
    """Equal for two tasks that are one: by the environment where it reads tasks, else by the words."""
    return ctx.environment.key(task) if offers(ctx.environment, Inventing) else plain(words(task))


def said(reply: Solution) -> str:
    """The text of a reply without a label such as "Task 9:" before it."""
    return _LABEL.sub("", reply.text).strip()


def read(reply: Solution, ctx: Context, source: str) -> tuple[Task | None, str]:
    """The practice task that a reply states; None and why where it states none."""
    if reply.stop != "stop":
        return None, f"the reply ended by {reply.stop}"
    if offers(ctx.environment, Inventing):
        found, why = ctx.environment.invented(reply.text, ctx.objective), "no valid task, or a held-out one"
        return (found, why) if found is None or found.split == "practice" else (None, "a seed or a held-out item")
    asked = said(reply)
    return (instruction(f"{KIND}/{digest(plain(asked)):016x}", asked, source) if asked else None), "an empty reply"


def origin(ctx: Context, author: Learner, at: str, temperature: float) -> Origin:
    """Where what an author wrote under this key comes from."""
    seed = ctx.seeds(at, 1)[0]
    return Origin(operator=ctx.operator, learner=author.hash, seed=seed, temperature=temperature, round=ctx.round)


def wanted(ctx: Context, seed: int) -> Mapping[str, str]:
    """Fields of a prompt that say what is wanted: "objective" in words, the environment's own, and these as "brief"."""
    world = ctx.environment
    own = world.brief(ctx.objective, seed) if offers(world, Inventing) else dict[str, str]()
    brief = "\n".join(f"{name}: {value}" for name, value in own.items())
    return {**own, "objective": aim(ctx.objective), "brief": brief}


def invitation(name: str, shown: Sequence[str], ctx: Context, seed: int) -> Prompt:
    """The prompt of this name that asks for a task and shows some, numbered."""
    examples = "\n\n".join(f"Task {i}: {text}" for i, text in enumerate(shown, start=1))
    return Prompt(name=name, fields={**wanted(ctx, seed), "examples": examples})


def stated(e: Experience, ctx: Context) -> str:
    """The task as a model that invents tasks writes it: the environment's short form, else its words."""
    if e.solution and offers(ctx.environment, Stating):
        return ctx.environment.stated(e.task, e.solution)
    return words(e.task)


def aim(objective: Objective) -> str:
    """An objective in words: "reasoning, above all geometry (depth 3)"."""
    told = ", ".join(f"{name} {value}" for name, value in objective.parameters.items() if value is not None)
    node = f", above all {objective.node}" if objective.node else ""
    return f"{objective.ability}{node}" + (f" ({told})" if told else "")
