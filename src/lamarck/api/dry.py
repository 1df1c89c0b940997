"""A run walked through without asking any model: what would be asked is counted."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from lamarck.core import (
    CapabilityError,
    Continuation,
    Environment,
    Feedback,
    Job,
    Learner,
    Merge,
    Message,
    ModelRef,
    Models,
    Prompt,
    Request,
    Solution,
    Task,
    Trained,
    digest,
)
from lamarck.core.protocols import Capability
from lamarck.models import text

SIZE = 8
"""Of a made-up vector."""
RECORDED = ("openai", "vllm")
"""Providers whose journal answers an equal call a second time."""


@dataclass(kw_only=True)
class Tally:
    """Calls of one model and kind of prompt."""

    calls: int = 0
    characters: int = 0
    most: int = 0
    """Tokens that all answers may have, where each is capped; 0 = some are not."""


@dataclass(kw_only=True)
class DryModels:
    """Core's ``Models``: finds what there is, opens what only counts."""

    models: Models
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    asked: set[int] = field(default_factory=set[int])
    """Digests of the calls whose answers would be recorded."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def learner(self, name: str, /) -> Learner:
        """As the run would find it."""
        return self.models.learner(name)

    def open(self, learner: Learner, /) -> DryModel:
        """A model that answers nothing."""
        return DryModel(learner.model.name, self, learner.model.digest)

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """As the run would read it."""
        return self.models.card(model, loss)

    def fresh(self, model: str, *call: object) -> bool:
        """Whether a call would be sent: nobody asked the same before, or nobody records it."""
        if model.partition("/")[0] not in RECORDED:
            return True
        key = digest(model, *map(str, call))
        with self.lock:
            known = key in self.asked
            self.asked.add(key)
        return not known

    def count(self, model: str, prompt: str, calls: int, characters: int, most: int | None) -> None:
        """So many calls of one prompt."""
        with self.lock:
            tally = self.tallies.setdefault((model, prompt), Tally())
            tally.calls += calls
            tally.characters += calls * characters
            tally.most += calls * (most or 0)


@dataclass(frozen=True)
class DryModel:
    """Answers a number for every seed."""

    name: str
    owner: DryModels
    version: str = ""
    """Digest of the weights."""

    @property
    def capabilities(self) -> Set[Capability]:
        """Whatever is wanted; whether the model can is found out by the run."""
        return frozenset(get_args(Capability))

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request a made-up solution a seed."""
        for request in requests:
            said = self.render(request.prompt)
            call = (self.version, request.adapter, request.system, said, request.sampling)
            size = self._size(request.prompt, request.system)
            turns = zip(_turns(request, self._members), request.seeds, strict=True)
            sent = Counter(name for at, (name, seed) in enumerate(turns) if self.owner.fresh(name, *call, seed, at))
            for name, calls in sent.items():
                self.owner.count(name, request.prompt.name, calls, size, request.sampling.max_tokens)
        return [[_made_up(request, seed) for seed in request.seeds] for request in requests]

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """A made-up likelihood for each text."""
        for one in texts:
            self.owner.count(self.name, "score", 1, self._size(one.prompt, one.system) + len(one.text), 1)
        return [(-1.0,) * (len(one.text.split()) + 1) for one in texts]

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        """A made-up distribution at each word."""
        return [[dict.fromkeys(one.text.split()[:k], -0.5) or {"": 0.0}] * 2 for one in texts]

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """A made-up vector for each text."""
        self.owner.count(self.name, "embedding", -(-len(texts) // 64), sum(map(len, texts)), 1)
        return [(1.0,) + (0.0,) * (SIZE - 1)] * len(texts)

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt's text; its fields where it has none, as for models with a format of their own."""
        try:
            return text.render(prompt)
        except CapabilityError:
            return (Message(role="user", text=" ".join(prompt.fields.values())),)

    @property
    def _members(self) -> list[str]:
        provider, _, rest = self.name.partition("/")
        return rest.split(",") if provider == "ensemble" else [self.name]

    def _size(self, prompt: Prompt, system: str) -> int:
        return len(system) + sum(len(message.text) for message in self.render(prompt))


@dataclass(frozen=True)
class Chance:
    """An environment that rules by lot: a set share of answers passes. Everything else is the world's own."""

    world: Environment
    share: float

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """Right by lot."""
        right = digest("dry", task.id, solution.text) / 2**64 < self.share
        return Feedback(score=float(right), passed=right, text="dry", source="verifier")

    def answer(self, _task: Task, solution: Solution, /) -> str | None:
        """The made-up number."""
        return solution.text

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)


class DryTrainer:
    """Core's ``Trainer``: the model gets another name for its weights, and nothing is trained."""

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Another version at once."""
        made = replace(model, digest=hashlib.sha256(f"{model.digest} {job.seed}".encode()).hexdigest())
        return Trained(model=made, steps=0, tokens=0, losses=(0.0,), seconds=0.0)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """The first source under another digest."""
        said = f"{[source.digest for source in plan.sources]} {plan.weights} {plan.path} {plan.seed}"
        return replace(plan.sources[0], digest=hashlib.sha256(said.encode()).hexdigest())


def _turns(request: Request, members: Sequence[str]) -> list[str]:
    """Who answers each sample of a request: in turn, as an ensemble answers."""
    first = request.seeds[0] if request.seeds else 0
    return [members[(first + at) % len(members)] for at in range(len(request.seeds))]


def _made_up(request: Request, seed: int) -> Solution:
    said = Message(role="assistant", text=f"answer: {seed % 1000}", author=request.author)
    return Solution(messages=(said,), author=request.author)
