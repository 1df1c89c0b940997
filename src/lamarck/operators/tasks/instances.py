"""Cases of an instruction: what it is asked of, and what is right there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Learner,
    Message,
    Names,
    Prompt,
    Sampling,
    Scope,
    Solution,
    Task,
    digest,
)
from lamarck.likeness.copies import plain
from lamarck.operators.descent import born
from lamarck.operators.inventing import QUESTION, aim, origin, question, words
from lamarck.operators.judging import grade

SOURCE = "instances"
NOTHING = {"", "none", "n/a", "(none)", "no input"}
"""How a model says that the task shows all that is needed."""
_PART = re.compile(r"^[ \t*_#>-]*(input|output|label)[ \t*_]*:[ \t*_]*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Inputs and solutions for each instruction: labels first where it is a classification, else inputs first.

    In: experiences of instructions. Out: for each up to n experiences with a solution, whose task is the instruction
    with an input below it; where it needs none, the instruction itself. Not kept, with the reason: a case without
    output, one whose output is its input, one whose input ends with a colon, the last one of a reply that was cut off,
    and all cases of an instruction that gives one input two outputs.
    Source: Self-Instruct (arXiv:2212.10560), section 2.2, steps 2 to 4. Differs: the models are told what is wanted in
    place of the paper's worked examples.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task", "solution"}

    n: int = 5
    """Cases of an instruction, at most."""
    role: str = "learner"
    classify: str = "self_instruct/classify"
    """Asks whether an instruction is a classification, verdict yes or no; "" takes none for one. The prompts' fields:
    the task's own, "task" (its words), "objective" (in words), "n"."""
    input_first: str = "self_instruct/input_first"
    label_first: str = "self_instruct/label_first"
    temperature: float = 0.0
    top_p: float | None = None
    max_tokens: int | None = 1024

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the cases in the order in which they were written."""
        out: Batch = []
        for e in batch:
            author = ctx.role(self.role)
            judged = self._asked(self.classify, e, author, ctx).text if self.classify else ""
            labels = grade(judged, 1.0) == 1.0
            name = self.label_first if labels else self.input_first
            reply = self._asked(name, e, author, ctx)
            made_by = origin(ctx, author, _key(name, e), self.temperature)
            for number, (shown, output) in enumerate(self._cases(e, reply, ctx, labels=labels)):
                said = Message(role="assistant", text=output, author=reply.author)
                solution = Solution(messages=(said,), author=reply.author)
                sample = e.sample * self.n + number
                task = ctx.seal(_shown(e.task, shown, "label first" if labels else "input first"))
                out.append(replace(e, task=task, solution=solution, sample=sample, feedback=None, origin=made_by))
        return out

    def _asked(self, name: str, e: Experience, author: Learner, ctx: Context) -> Solution:
        fields = {**e.task.fields, "task": words(e.task), "objective": aim(ctx.objective), "n": str(self.n)}
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        return ctx.generate([Prompt(name=name, fields=fields)], [_key(name, e)], role=author, sampling=sampling)[0][0]

    def _cases(self, e: Experience, reply: Solution, ctx: Context, *, labels: bool) -> list[tuple[str, str]]:
        """Input and output of each case that can be used; the others are dropped with a reason."""
        found = read(reply.text, labels=labels)
        if reply.stop == "length":
            found = found[:-1]
        if not found:
            ctx.drop(e, "no case can be read")
        outputs, kept = dict[str, str](), dict[tuple[str, str], tuple[str, str]]()
        for shown, output in found:
            if why := _unfit(shown, output):
                ctx.drop(e, why)
                continue
            if shown and outputs.setdefault(plain(shown), plain(output)) != plain(output):
                ctx.drop(e, "one input has two outputs")
                return []
            kept.setdefault((plain(shown), plain(output)), (shown, output))
        return list(kept.values())[: self.n]


def read(text: str, *, labels: bool) -> list[tuple[str, str]]:
    """The (input, output) pairs of a reply, inputs that say "none" as ""."""
    parts = _PART.split(text)
    said = [(name.casefold(), value.strip()) for name, value in zip(parts[1::2], parts[2::2], strict=True)]
    first, second = ("label", "input") if labels else ("input", "output")
    pairs = [(a, b) for (one, a), (other, b) in pairwise(said) if (one, other) == (first, second)]
    ordered = [(b, a) for a, b in pairs] if labels else pairs
    return [("" if shown.casefold().rstrip(".") in NOTHING else shown, output) for shown, output in ordered]


def _key(name: str, e: Experience) -> str:
    return f"{e.id}.{name}"


def _unfit(shown: str, output: str) -> str:
    """Why a case cannot be used, "" where it can."""
    if not output:
        return "no output"
    if plain(shown) == plain(output):
        return "the output is the input"
    return "the input ends with a colon" if shown.endswith(":") else ""


def _shown(task: Task, shown: str, by: str) -> Task:
    """The task with an input below it; itself where there is none."""
    if not shown:
        return task
    asked = f"{question(task)}\n\n{shown}"
    new = Task(
        id=f"{task.id}/{digest(plain(shown)):016x}",
        kind=task.kind,
        messages=(Message(role="user", text=asked),),
        fields={**task.fields, QUESTION: asked, "input": shown},
        source=SOURCE,
    )
    return born(new, task, by=by)
