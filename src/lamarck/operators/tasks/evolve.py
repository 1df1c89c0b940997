"""Tasks made of tasks: harder, rarer, or the same in other words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Inventing,
    Message,
    Names,
    Prompt,
    Sampling,
    Scope,
    Solution,
    Task,
    offers,
)
from lamarck.likeness.copies import plain
from lamarck.operators.descent import born
from lamarck.operators.inventing import asking, instruction, key, origin, question, read, wanted

SOURCE = "evolve"
ORIGINAL = "original"
"""The field with the question that a task was made of."""
_SOLUTION = re.compile(r"^[ \t*_#]*solution[ \t*_]*:[ \t*_]*", re.IGNORECASE | re.MULTILINE)
"""What parts the two halves of a reply that holds both."""


@dataclass(frozen=True, kw_only=True)
class Evolve:
    """Each task rewritten by one of several prompts, all of them equally likely.

    In: experiences, solved or not. Out: for each the rewritten tasks, unsolved, each with what it was made of in its
    parameters (``operators.descent``) and the old question in its field "original". An environment that is
    ``Inventing`` reads the reply and gives the key that tells whether a task is another one; else the reply is the new
    question. Not kept, with the reason: replies that were cut off or state no task, and those that say the same as
    before. That leaves the old task to be tried again, see ``tasks.Latest``.
    Source: Evol-Instruct (WizardLM, arXiv:2304.12244), section 3.1; for ``same_answer`` rephrasing in MetaMath
    (arXiv:2309.12284), section 3.2; for ``answered`` LLM2LLM (arXiv:2403.15042), section 3.
    Differs: the order in which prompts are drawn follows from the run's seed and the task.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task"}

    prompts: tuple[str, ...]
    """Names of prompts. Their fields: the task's own, "task" (what it asks), "solution" where it has one, "objective"
    (in words), "brief" (what the environment wants, in lines)."""
    times: int = 1
    """Rewrites of each task."""
    role: str = "teacher"
    """Who rewrites; a role that nobody has is played by the learner."""
    same_answer: bool = False
    """The new question has the old answer: reference and solution stay, and it is checked as the old one is."""
    answered: bool = False
    """The prompt asks for a solution too, after a line that begins with ``solution:``."""
    original: bool = False
    """Keep the old experience before what was made of it."""
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """What is written depends on the settings; the checker asks the instance."""
        object.__setattr__(self, "writes", frozenset({"task", "solution"} if self.answered else {"task"}))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the old experience where it is kept, then up to ``times`` new ones."""
        out: Batch = []
        for e in batch:
            made = (self._rewritten(e, e.sample * self.times + time, ctx) for time in range(self.times))
            out += [e] if self.original else []
            out += [new for new in made if new]
        return out

    def _rewritten(self, e: Experience, number: int, ctx: Context) -> Experience | None:
        author, at = ctx.role(self.role), f"{e.task.id}.{number}"
        rng = ctx.rng(at)
        name = rng.choice(self.prompts)
        solved = {"solution": e.solution.text} if e.solution else {}
        fields = {**e.task.fields, **wanted(ctx, rng.getrandbits(63)), **solved, "task": question(e.task)}
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        reply = ctx.generate([Prompt(name=name, fields=fields)], [at], role=author, sampling=sampling)[0][0]
        asked, solution = parted(reply) if self.answered else (reply, e.solution if self.same_answer else None)
        found, why = (None, "no solution was given") if asked is None else self._read(e.task, asked, ctx)
        if found is None:
            ctx.drop(Experience(task=instruction(f"{SOURCE}/{at}", reply.text, SOURCE)), why)
            return None
        made_by = origin(ctx, author, at, self.temperature)
        task = ctx.seal(born(found, e.task, by=name, alike=self.same_answer))
        return Experience(task=task, solution=solution, sample=number, origin=made_by)

    def _read(self, old: Task, reply: Solution, ctx: Context) -> tuple[Task | None, str]:
        """The task that the reply makes of the old one; None and why where it makes none."""
        found, why = read(reply, ctx, SOURCE)
        if found is None:
            return None, why
        asked, before = question(found), question(old)
        if plain(asked) == plain(before):
            return None, "says what the old task says"
        if offers(ctx.environment, Inventing):
            if (key(found, ctx) == key(old, ctx)) != self.same_answer:
                return None, "is another task" if self.same_answer else "is the old task in other words"
            return replace(found, fields={**found.fields, ORIGINAL: before}), ""
        if self.same_answer:
            found = replace(old, id=f"{old.id}~{found.id.rpartition('/')[2]}")
        return asking(found, asked, **{ORIGINAL: before}), ""


def parted(reply: Solution) -> tuple[Solution | None, Solution | None]:
    """The two halves of a reply, task and solution; None twice where no line ``solution:`` parts them."""
    asked, mark, solved = reply.text.partition(found[0]) if (found := _SOLUTION.search(reply.text)) else ("", "", "")
    if not mark or not solved.strip():
        return None, None
    halves = [(Message(role="assistant", text=text.strip(), author=reply.author),) for text in (asked, solved)]
    return replace(reply, messages=halves[0]), replace(reply, messages=halves[1])
