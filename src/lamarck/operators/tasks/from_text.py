"""Tasks that a text answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Inventing,
    Message,
    Names,
    Origin,
    Prompt,
    Sampling,
    Scope,
    Solution,
    Task,
    digest,
    offers,
)
from lamarck.operators.inventing import QUESTION
from lamarck.operators.judging import guarded

JOINED = ("{text}\n\n{asked}", "{asked}\n\n{text}", '{asked}\n\n"""\n{text}\n"""')
"""How a text stands beside the question that it answers."""
AUTHOR = "document"
"""Who wrote a text that is kept as a solution: no learner."""


@dataclass(frozen=True, kw_only=True)
class FromText:
    """Let a role write the tasks that a passage, a profile or a keyword answers.

    In: experiences whose task is a text, such as ``Dataset(source="documents")``. Out: for each up to n tasks of kind
    "instruction" (of the environment's own kind where it is ``Inventing``), whose ``source`` and field "title" are the
    text's; twice as many with ``other``. Texts stand in a fence: what they say is material and orders nobody. Not kept,
    with the reason: replies that were cut off, are empty or state no task, and a text's tasks of the same words.
    Source: Humpback (arXiv:2308.06259), section 2.1, for ``keep="solution"``; Ditto (arXiv:2401.12474), section 3, for
    ``other`` and ``keep="private"``; UltraChat (arXiv:2305.14233), section 3.1, for ``keep="task"``.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task", "solution"}

    prompt: str
    """Its fields: "text", "title" (the headings above it), "fence", and "other" (a foreign text, with ``other``)."""
    role: str = "learner"
    n: int = 1
    """Replies for a text."""
    keep: Literal["", "solution", "private", "task"] = ""
    """What becomes of the text: nothing, it is the task's solution, it is known to ``private`` alone, or it stands in
    the task beside the question, in one of three forms."""
    private: str = "text"
    """Under which name a text is kept in ``Task.private``."""
    other: bool = False
    """Show another text of the batch too, and ask in lines ``own:`` and ``other:`` also for what that one alone
    answers; ``parameters["answerable"]`` of a task tells the two apart."""
    same: bool = False
    """The same tasks in every round, as far as the role writes the same; False = new ones."""
    temperature: float = 0.7
    top_p: float | None = 0.9
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """Without a text kept as solution it writes none; the checker asks the instance."""
        if self.keep != "solution":
            object.__setattr__(self, "writes", frozenset(("task",)))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks, those of a text next to each other."""
        at = replace(ctx, number=0, round=0, operator=type(self).__name__) if self.same else ctx
        author = ctx.role(self.role)
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        keys = [e.id for e in batch]
        prompts = [self._asked(number, batch, at) for number in range(len(batch))]
        replies = at.generate(prompts, keys, role=author, n=self.n, sampling=sampling)
        made: Batch = []
        for e, said in zip(batch, replies, strict=True):
            met, origin = set[str](), self._origin(e, author.hash, at, ctx)
            for sample, reply in enumerate(said):
                made += self._made(e, sample, reply, met, origin, ctx)
        return made

    def _asked(self, number: int, batch: Sequence[Experience], at: Context) -> Prompt:
        e, more = batch[number], dict[str, str]()
        if self.other:
            foreign = [one for one in batch if one.task.id != e.task.id]
            more = {"other": _text(at.rng("other", e.id).choice(foreign).task) if foreign else ""}
        title = e.task.fields.get("title", "")
        return guarded(self.prompt, {}, at, e.id, text=_text(e.task), title=title, **more)

    def _origin(self, e: Experience, author: str, at: Context, ctx: Context) -> Origin:
        seed = at.seeds(e.id, 1)[0]
        return Origin(operator=ctx.operator, learner=author, seed=seed, temperature=self.temperature, round=ctx.round)

    def _made(
        self, e: Experience, sample: int, reply: Solution, met: set[str], origin: Origin, ctx: Context
    ) -> Iterator[Experience]:
        found = [(reply.text.strip(), True)] if not self.other else _two(reply.text)
        why = (
            f"the reply ended by {reply.stop}" if reply.stop != "stop" else "" if found else "no line says own or other"
        )
        for words, answerable in [("", True)] if why else found:
            task = None if why or not words else self._task(e, words, answerable, ctx)
            reason = why or ("an empty reply" if not words else "no valid task, or a held-out one")
            if task and _plain(task) in met:
                task, reason = None, "the text has this task already"
            if task is None:
                ctx.drop(replace(e, sample=sample), reason)
                continue
            met.add(_plain(task))
            kept = self.keep == "solution" and answerable
            said = Message(role="assistant", text=_text(e.task), author=AUTHOR)
            yield Experience(
                task=task, solution=Solution(messages=(said,), author=AUTHOR) if kept else None, origin=origin
            )

    def _task(self, e: Experience, words: str, answerable: bool, ctx: Context) -> Task | None:
        """The task that the words state; None where they state none of the environment's."""
        if offers(ctx.environment, Inventing):
            found = ctx.environment.invented(words, ctx.objective)
            if found is None or found.split != "practice":
                return None
        else:
            name = f"instruction/{digest(e.task.id, ' '.join(words.casefold().split())):016x}"
            found = Task(id=name, kind="instruction", messages=(Message(role="user", text=words),))
        private = {**found.private, **({self.private: _text(e.task)} if self.keep == "private" else {})}
        about = {**found.parameters, "text": e.task.id, **({"answerable": answerable} if self.other else {})}
        if self.keep == "task":
            parts = {"asked": _text(found), "text": _text(e.task)}
            said = replace(found.messages[-1], text=JOINED[digest(found.id) % len(JOINED)].format(**parts))
            fields = {**found.fields, QUESTION: _text(found)}
            found = replace(found, messages=(*found.messages[:-1], said), fields=fields)
        fields = {**found.fields, "title": e.task.fields.get("title", "")}
        made = replace(found, fields=fields, source=e.task.source or e.task.id, private=private, parameters=about)
        return ctx.seal(made)


def _two(text: str) -> list[tuple[str, bool]]:
    """What a reply's lines ``own:`` and ``other:`` ask, and whether the text answers it."""
    found = re.findall(r"^\W*(own|other)\W*:\s*(\S.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return [(words, name.casefold() == "own") for name, words in found]


def _text(task: Task) -> str:
    return task.messages[-1].text


def _plain(task: Task) -> str:
    return " ".join(_text(task).casefold().split()).rstrip(" .!?")
