"""Questions turned round: the answer is given, and a given value is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Masking,
    Names,
    Origin,
    Prompt,
    Reference,
    Sampling,
    Scope,
    Task,
    offers,
)
from lamarck.operators.descent import born, step
from lamarck.operators.inventing import asking, question

LETTERS = "xyzuvwnmkpq"
"""What an unknown may be called; the first that the question does not use."""
SPELLED = {
    name: str(value)
    for value, name in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
    )
}
"""Numbers in words. "one" is none: it is mostly a pronoun."""
FACT = "Suppose that the answer to this question is {}."
WANTED = "Which number does {} stand for?"
_NUMBER = re.compile(r"(?<!\S)([$€£(\"']*)(\d+(?:,\d{3})*(?:\.\d+)?|[A-Za-z]+)([.,;!?)%\"']*)(?!\S)")
_ENDS = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, kw_only=True)
class Mask:
    """For each value that a task gives, a backward task that gives the answer and asks for that value.

    In: experiences whose tasks have a reference, solved or not. Out: each of them, then its backward tasks, unsolved,
    with the value as reference; the field "masked" is the question with the unknown in the value's place. In a text a
    value is a number that stands alone between spaces, signs at its ends aside, in figures or in words from two to
    twelve. An environment that is ``Masking`` turns its tasks round itself. Tasks that were made of others are passed
    on alone, so that several forms can follow each other. Dropped, with the reason: a declaration that does not hold
    the answer, or loses the unknown, or asks something.
    Source: FOBAR (``form="state"``) and self-verification (``form="declare"``) in MetaMath (arXiv:2309.12284), section
    3.3. Differs: "one" is no value; a declaration is checked by its words.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task", "reference"}
    writes: ClassVar[Names] = {"task"}

    form: Literal["state", "declare"] = "state"
    """Say after the question what its answer is, or let a model turn its last sentence and the answer into a fact."""
    prompt: str = "metamath/declare"
    """For ``declare``. Its fields: "clause" (what was asked last), "answer"."""
    role: str = "teacher"
    """Who declares; a role that nobody has is played by the learner."""
    temperature: float = 0.7
    max_tokens: int | None = None

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences, each followed by its backward tasks in the order of the values."""
        out: Batch = []
        for e in batch:
            out.append(e)
            if e.task.reference is not None and not step(e.task):
                out += self._backward(e, e.task.reference.read(), ctx)
        return out

    def _backward(self, e: Experience, answer: str, ctx: Context) -> Iterator[Experience]:
        if offers(ctx.environment, Masking):
            turned = iter(ctx.environment.masked(e.task, answer) if self.form == "state" else ())
        elif self.form == "state":
            turned = (
                _asking(e.task, each, f"{each.text}\n{FACT.format(answer)}", "state")
                for each in masked(question(e.task))
            )
        else:
            turned = self._declared(e, answer, ctx)
        origin = Origin(operator=ctx.operator, round=ctx.round)
        for task in turned:
            made = born(task, e.task, by=f"mask: {self.form}", alike=not offers(ctx.environment, Masking))
            yield Experience(task=ctx.seal(made), origin=origin)

    def _declared(self, e: Experience, answer: str, ctx: Context) -> Iterator[Task]:
        author = ctx.role(self.role)
        sampling = Sampling(temperature=self.temperature, max_tokens=self.max_tokens)
        for each in masked(question(e.task)):
            told, clause = parted(each.text)
            asked = Prompt(name=self.prompt, fields={"clause": clause, "answer": answer})
            reply = ctx.generate([asked], [f"{e.id}.{each.number}"], role=author, sampling=sampling)[0][0]
            said = reply.text.strip()
            if why := _faulty(said, clause, answer, each.letter):
                ctx.drop(e, f"declaration {each.number}: {why}")
            else:
                yield _asking(e.task, each, f"{told} {said}".strip(), "declare")


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A question with one of its values hidden."""

    text: str
    letter: str
    """What stands in its place."""
    value: str
    """In figures."""
    number: int
    """Among the question's values, from 0."""


def masked(asked: str) -> list[Masked]:
    """The question once for each of its values, in their order."""
    letter = next((one for one in LETTERS if not re.search(rf"\b{one}\b", asked, re.IGNORECASE)), LETTERS[0])
    found = list[Masked]()
    for match in _NUMBER.finditer(asked):
        value = SPELLED.get(match[2].casefold(), match[2].replace(",", ""))
        if value[0].isdigit():
            text = f"{asked[: match.start(2)]}{letter}{asked[match.end(2) :]}"
            found.append(Masked(text=text, letter=letter, value=value, number=len(found)))
    return found


def parted(asked: str) -> tuple[str, str]:
    """What a question tells and its last sentence; of a single sentence what follows its last comma."""
    sentences = _ENDS.split(asked.strip())
    if len(sentences) > 1:
        return " ".join(sentences[:-1]), sentences[-1]
    told, comma, last = asked.strip().rpartition(", ")
    return (f"{told}.", last) if comma else ("", asked.strip())


def _asking(task: Task, each: Masked, said: str, form: str) -> Task:
    """The task that tells this and asks for what the letter stands for."""
    new = asking(task, f"{said}\n{WANTED.format(each.letter)}", masked=each.text, unknown=each.letter)
    return replace(new, id=f"{task.id}~{form}{each.number}", reference=Reference(each.value))


def _faulty(said: str, clause: str, answer: str, letter: str) -> str:
    """Why a declaration cannot stand for what was asked and its answer, "" where it can."""
    if not re.search(rf"(?<![\w.]){re.escape(answer)}(?!\w)", said):
        return "does not hold the answer"
    unknown = re.compile(rf"\b{letter}\b")
    if unknown.search(clause) and not unknown.search(said):
        return f"loses the unknown {letter}"
    return "asks something" if "?" in said else ""
