"""What leads to what, mined from raw text by its connectives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Message, Names, Origin, Reference, Scope, Task, UsageError, digest

KIND, SOURCE = "event", "event"
"""Kind and source of the tasks that are made."""
RELATIONS = (
    ("cause", ("because",)),
    ("result", ("so", "therefore", "as a result")),
    ("next", ("before", "and then")),
    ("earlier", ("after",)),
    ("condition", ("if",)),
)
"""What a sentence says of its first event by the second: relation, connectives. Those that mean two things (since,
while, as) are left out."""
ASKED = {
    "cause": "Why did it happen?",
    "result": "What came of it?",
    "next": "What happened next?",
    "earlier": "What had happened before?",
    "condition": "On what does it depend?",
}
SENTENCE = re.compile(r"[^.!?]+[.!?]")
WORD = re.compile(r"\w+")
NO_EVENT = {"of", "to", "that", "as", "it", "this", "not", "long", "many", "much"}
"""First words of a part that states no event of its own: "because of", "so that", "so many"."""
AT_MOST = 200
"""Tails that a wrong one is sought among."""


@dataclass(frozen=True, kw_only=True)
class Quadruple:
    """A context, an event, how another event stands to it, and this other event."""

    context: str
    head: str
    relation: str
    tail: str


@dataclass(frozen=True, kw_only=True)
class MineEvents:
    """Tasks about events out of documents, without a model: from context, event and relation to the other event.

    In: documents (kind "document", the text is the last message). Out: one task a mined quadruple, in order; fields
    "context", "head", "relation", "question" and "options" (the tail among wrong ones, numbered, in random order), and
    the tail as reference. A wrong tail stands in the same relation to another event, never to this one, and has the
    most words in common with the right one. Dropped: what is no document, and what has too few wrong tails.
    Raises: UsageError.
    Source: EvIT (arXiv:2404.11978), section 3. Differs: sentences are cut by connectives and lengths, not parsed;
    events are alike by their words, without embeddings; thresholds are ours, as the paper's are not known.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task"}

    relations: tuple[tuple[str, tuple[str, ...]], ...] = RELATIONS
    """(relation, connectives): "A because B" gives head A, relation "cause", tail B."""
    options: int = 4
    """What a tail is chosen among, itself included."""
    context: int = 2
    """Sentences before, at most."""
    shortest: int = 2
    """Words of an event, at least."""
    longest: int = 15

    def __post_init__(self) -> None:
        if not self.relations or self.options < 2 or not 1 <= self.shortest <= self.longest:
            raise UsageError("MineEvents needs relations, 2 options or more, and shortest from 1 up to longest")

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks, each quadruple once."""
        found = dict[Quadruple, Experience]()
        for experience in batch:
            if experience.task.kind != "document":
                ctx.drop(experience, f"a {experience.task.kind}, no document")
                continue
            for mined in self.mined(experience.task.messages[-1].text):
                found.setdefault(mined, experience)
        made, every = list[Experience](), list(found)
        for mined, experience in found.items():
            rng = ctx.rng(mined.head, mined.relation, mined.tail, mined.context)
            wrong = _wrong(mined, every, self.options - 1, rng)
            if len(wrong) < self.options - 1:
                ctx.drop(experience, f"{len(wrong)} wrong tails for '{mined.head}', wanted {self.options - 1}")
            else:
                task = _task(mined, [mined.tail, *wrong], rng)
                made.append(Experience(task=ctx.seal(task), origin=Origin(operator=ctx.operator, round=ctx.round)))
        return made

    def mined(self, text: str) -> Iterator[Quadruple]:
        """The quadruples of a text: of each sentence with exactly one connective between two events."""
        sentences = [" ".join(sentence.split()) for sentence in SENTENCE.findall(text)]
        words = {word: relation for relation, connectives in self.relations for word in connectives}
        link = re.compile(rf",?\s+({'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})\s+")
        for at, sentence in enumerate(sentences):
            parts = link.split(sentence.rstrip(".!?"))
            if len(parts) != 3 or sentence.endswith("?"):
                continue
            head, connective, tail = (part.strip(" ,;\"'") for part in parts)
            if all(self._is_event(part) for part in (head, tail)):
                before = " ".join(sentences[max(0, at - self.context) : at])
                yield Quadruple(context=before, head=head, relation=words[connective], tail=tail)

    def _is_event(self, part: str) -> bool:
        words = WORD.findall(part.casefold())
        return self.shortest <= len(words) <= self.longest and words[0] not in NO_EVENT and "," not in part


def _wrong(mined: Quadruple, every: Sequence[Quadruple], n: int, rng: Random) -> list[str]:
    """n tails of the relation that are not this event's, those first that share most words with its own."""
    true = {other.tail for other in every if (other.head, other.relation) == (mined.head, mined.relation)}
    others = sorted({other.tail for other in every if other.relation == mined.relation} - true)
    some, own = rng.sample(others, min(len(others), AT_MOST)), set(WORD.findall(mined.tail.casefold()))
    return sorted(some, key=lambda tail: -len(own & set(WORD.findall(tail.casefold()))))[:n]


def _task(mined: Quadruple, options: Sequence[str], rng: Random) -> Task:
    mixed = rng.sample(options, len(options))
    question = ASKED.get(mined.relation, f"Which event stands to it as its {mined.relation}?")
    fields = {
        "context": mined.context,
        "head": mined.head,
        "relation": mined.relation,
        "question": question,
        "options": "\n".join(f"{i}. {option}" for i, option in enumerate(mixed, start=1)),
    }
    text = "\n".join(part for part in (mined.context, f"{mined.head}. {question}") if part)
    return Task(
        id=f"{SOURCE}/{digest(mined.context, mined.head, mined.relation, mined.tail):016x}",
        kind=KIND,
        messages=(Message(role="user", text=text),),
        fields=fields,
        reference=Reference(mined.tail),
        source=SOURCE,
    )
