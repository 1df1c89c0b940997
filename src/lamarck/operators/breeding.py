"""What a search over prompts breeds: units of task prompts, each with the prompt that changes them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from statistics import fmean
from typing import Any

from lamarck.core import Batch, Context, Solution, passed

STYLES = (
    "Look for the one fact on which everything else depends.",
    "What would somebody who knows nothing about it get wrong?",
    "Cut the whole into parts that can be done one at a time.",
    "Begin at the end and ask what must have come before.",
    "Make a small case first, then see what changes in the large one.",
    "Say the same in other words until it becomes plain.",
    "Which rules hold here, and which only seem to?",
    "Draw up what is known, what is asked, and what lies between.",
    "How could the result be tested once it is there?",
    "Think of something alike that has been solved.",
)
"""Ways of thinking that stir up the first prompts and new mutation prompts."""
MUTATIONS = (
    "Rewrite the instruction so that a beginner could follow it.",
    "Say what the instruction leaves unsaid.",
    "Turn the instruction into short steps in a fixed order.",
    "Make the instruction stricter about what counts as done.",
    "Keep the aim of the instruction and change the way to it.",
    "Leave out of the instruction whatever does not help.",
    "Add to the instruction how its result is to be checked.",
    "Write the instruction as the best expert would say it.",
    "Name in the instruction the mistake that is made most often.",
    "Say the opposite of what the instruction takes for granted.",
)
"""Mutation prompts that a population begins with."""
NUMBER = re.compile(r"^\s*(?:[-*]\s+|\(?\d+\s*[.):]\s+)")
ITEM = re.compile(r"\n\s*\(?\d+\s*[.):]\s")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Working:
    """A practice task that was solved right, as it was solved."""

    task: str
    """Its id: nobody is scored on what its own prompt shows."""
    question: str
    solution: str


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One member of the population: what a learner is told, and what changes it."""

    prompts: tuple[str, ...]
    """Task prompts, in order."""
    mutation: str
    workings: tuple[Working, ...] = ()
    """The few-shot context."""
    elites: tuple[tuple[str, ...], ...] = ()
    """The task prompts of its line that were the best of their round, oldest first."""
    scores: tuple[float, ...] = ()
    """Its fitness in each round that it was out."""
    way: str = ""
    """The prompt by which it was made."""

    @property
    def text(self) -> str:
        """The system prompt of a learner that follows it."""
        shown = (f"Question: {each.question}\nAnswer: {each.solution}" for each in self.workings)
        return "\n\n".join((*self.prompts, *shown))

    @property
    def fitness(self) -> float:
        """Mean over its rounds; of one that was never out less than any."""
        return sum(self.scores) / len(self.scores) if self.scores else -math.inf


@dataclass(kw_only=True)
class Birth:
    """A copy of a winner on its way to be another unit."""

    key: str
    parent: Unit
    way: str
    """The prompt that makes it another."""
    rng: Random
    solved: Sequence[Working]
    """What the parent solved right this round."""


def solved_by(author: str, batch: Batch) -> list[Working]:
    """What this candidate solved right, each task once."""
    right = [(e.task, e.solution) for e in batch if e.author == author and passed(e) and e.solution]
    workings = (Working(task=t.id, question=t.messages[-1].text, solution=s.text) for t, s in right)
    return list({each.task: each for each in workings}.values())


def fitness(unit: Unit, author: str, batch: Batch) -> float | None:
    """The mean score of this candidate on tasks that its own examples do not show; None where there is none."""
    shown = {each.task for each in unit.workings}
    scores = [e.score for e in batch if e.author == author and e.task.id not in shown]
    return fmean(scores) if scores else None


def stored(unit: Unit) -> dict[str, Any]:
    """The unit as JSON."""
    return asdict(unit)


def restored(data: Mapping[str, Any]) -> Unit:
    """The unit that was stored."""
    lists = {name: tuple(data[name]) for name in ("prompts", "scores")}
    workings = tuple(Working(**each) for each in data["workings"])
    elites = tuple(tuple(each) for each in data["elites"])
    return Unit(mutation=data["mutation"], way=data["way"], workings=workings, elites=elites, **lists)


def wanted(ctx: Context) -> str:
    """The round's objective in words, for those who write instructions: the world's ability and what of it."""
    goal = ctx.objective
    told = [goal.node, *(f"{name} {value}" for name, value in goal.parameters.items())]
    return "; ".join([f"Solve tasks of this kind: {ctx.environment.ability}", *(each for each in told if each)])


def said(reply: Solution, longest: int) -> str:
    """The instruction in a reply: the first item of a list, without its number; "" for none, or one that is too long.

    In: the most characters that an instruction may have, against prompts that grow from round to round.
    """
    text = ITEM.split(NUMBER.sub("", reply.text.strip()), maxsplit=1)[0].strip()
    return text if reply.stop == "stop" and len(text) <= longest else ""


def listed(texts: Iterable[str]) -> str:
    """The texts with numbers from 1, a line each."""
    return "\n".join(f"{i}. {' '.join(text.split())}" for i, text in enumerate(texts, start=1))


def unlike(texts: Sequence[str], most: float) -> list[str]:
    """The texts without those whose cosine with an earlier one that stays is over ``most``."""
    kept = list[str]()
    for text in texts:
        if all(_cosine(text, other) <= most for other in kept):
            kept.append(text)
    return kept


def _cosine(one: str, other: str) -> float:
    """Of the counts of their words; 1 for two that are equal."""
    a, b = (Counter(WORD.findall(text.casefold())) for text in (one, other))
    length = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return sum(n * b[word] for word, n in a.items()) / length if length else float(one == other)
