"""A long-tailed corpus, and the smallest language model of it: how often each word is said."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from lamarck.core import (
    Batch,
    Context,
    Continuation,
    Cycle,
    Experience,
    Feedback,
    Job,
    Learner,
    Merge,
    Message,
    ModelRef,
    Names,
    Objective,
    Operator,
    Prompt,
    Request,
    Scope,
    Score,
    Scorecard,
    Solution,
    Split,
    Task,
    Trained,
)
from lamarck.operators import solutions, tasks, updating

LENGTH = 8
"""Words of a text."""
SMOOTH = 0.05
"""Counts of a word that was never seen."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Texts of words whose frequencies follow Zipf's law. Nothing is right or wrong here."""

    name: str = "corpus"
    ability: str = "talk"
    vocabulary: int = 400
    kind: str = "talk"

    @property
    def words(self) -> list[str]:
        return [f"w{i}" for i in range(self.vocabulary)]

    def texts(self, n: int, seed: object) -> list[str]:
        weights = [1 / (i + 2) for i in range(self.vocabulary)]
        drawn = Random(f"corpus {seed}").choices(self.words, weights, k=n * LENGTH)
        return [" ".join(drawn[i : i + LENGTH]) for i in range(0, len(drawn), LENGTH)]

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return [_task(f"{split} {seed} {i}", self.kind, split) for i in range(n or 50)]

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        return Feedback()

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        texts = self.texts(n, seed)
        return [
            Experience(task=_task(f"real {seed} {i}", self.kind), solution=said(t, "corpus"))
            for i, t in enumerate(texts)
        ]

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        return {}

    def key(self, task: Task, /) -> str:
        return task.id


@dataclass(kw_only=True)
class Speaker:
    """A model that draws each word by itself."""

    name: str
    counts: Counter[str]
    words: Sequence[str]
    capabilities: frozenset[Any] = frozenset({"generate", "n", "score", "train"})

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        words = sorted(self.counts)
        weights = [self.counts[word] for word in words]

        def one(seed: int, author: str) -> Solution:
            return said(" ".join(Random(seed).choices(words, weights, k=LENGTH)), author)

        return [[one(seed, request.author) for seed in request.seeds] for request in requests]

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        total = self.counts.total() + SMOOTH * len(self.words)
        chance = {word: math.log((self.counts[word] + SMOOTH) / total) for word in self.words}
        return [tuple(chance[word] for word in one.text.split()) for one in texts]

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        return (Message(role="user", text="say something"),)


@dataclass(kw_only=True)
class Speakers:
    """Opens and trains speakers: training counts the rows' words, and forgets what was counted before."""

    corpus: Corpus
    made: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])

    def learner(self, name: str, /) -> Learner:
        return Learner(model=self.taught(self.corpus.texts(240, "before")))

    def open(self, learner: Learner, /) -> Speaker:
        digest = learner.model.digest
        return Speaker(name=learner.model.name, counts=self.made[digest], words=self.corpus.words)

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        return {"epochs": 1, "batch": 8}

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        made = self.taught([row.messages[-1].text for row in job.rows])
        return Trained(model=made, steps=1, tokens=0, losses=(0.0,), seconds=0.0)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        raise NotImplementedError

    def taught(self, texts: Sequence[str]) -> ModelRef:
        counts = Counter(word for text in texts for word in text.split())
        digest = hashlib.sha256(repr(sorted(counts.items())).encode()).hexdigest()
        self.made[digest] = counts
        return ModelRef(name="speaker/words", digest=digest)


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """How likely real texts are, which the gate here only records."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        real = ctx.environment.examples(50, 1)
        found = ctx.score([e.prompt for e in real], [e.solution.text for e in real if e.solution], role=learner)
        values = tuple(math.exp(sum(each) / len(each)) for each in found)
        score = Score(
            ability="talk", metrics={"likelihood": values}, items=tuple(e.id for e in real), split="selection"
        )
        return Scorecard(learner=learner.hash, scores=(score,), metric="likelihood")


@dataclass(frozen=True, kw_only=True)
class WithReal:
    """In the first round, the real texts before the learner's own."""

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return [*(ctx.environment.examples(240, 2) if ctx.round == 1 else ()), *batch]


def generations(refinement: tuple[Operator, ...], rounds: int = 8) -> Cycle:
    """Each generation learns from what the one before said."""
    return Cycle(
        objective=Objective(ability="talk"),
        tasks=tasks.Dataset(n=60),
        solutions=solutions.Sample(n=4, temperature=1.0),
        refinement=refinement,
        updating=updating.SFT(),
        evaluation=Likelihood(),
        rounds=rounds,
    )


def said(text: str, author: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text, author=author),), author=author)


def _task(id: str, kind: str, split: Split = "practice") -> Task:
    said = (Message(role="user", text="say something"),)
    return Task(id=id, kind=kind, messages=said, fields={"line": "say something"}, split=split)
