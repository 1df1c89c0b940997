"""A model that follows a script, and errs at a set rate."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from random import Random

from lamarck.core import Continuation, Message, Prompt, Request, Solution, Usage, digest
from lamarck.core.protocols import Capability
from lamarck.likeness import NGrams

Write = Callable[[Prompt, int], str]
"""(prompt, seed) -> text."""
Rates = Callable[[Prompt, float], float]
"""(prompt, the model's own error rate) -> error rate on this prompt."""

Likelihood = Callable[[Prompt, str], float]
"""(prompt, text) -> natural-log probability of a word."""

Place = Callable[[str], Sequence[float]]
"""text -> its vector, of any length above 0."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request a scripted model was asked, and by which name the model went."""

    model: str
    request: Request


@dataclass(kw_only=True)
class ScriptedModel:
    """A deterministic model, right at a set rate, that logs every call. Safe to call from many threads.

    Whether a sample is right depends on its seed alone: of two such models the one with the lower
    rate is right wherever the other is, so a gain can be told from luck. At temperature 0 every
    prompt has one fixed seed.
    """

    name: str
    rate: float
    """Share of the samples that are wrong, 0 to 1."""
    answer: Write
    """Writes a right text; the seed may choose among several."""
    wrong: Write
    """Writes a wrong text."""
    rates: Rates = field(default=lambda _prompt, rate: rate)
    """The error rate on one prompt, for abilities that are weaker than others."""
    likelihood: Likelihood = field(default=lambda _prompt, _text: -1.0)
    """The log-probability of each word of a text after a prompt."""
    reward: Likelihood = field(default=lambda _prompt, _text: 0.0)
    """The number of a text after a prompt, as a reward model gives it."""
    place: Place = field(default=lambda text: NGrams()([text])[0].tolist())
    """Where a text lies."""
    calls: list[Call] = field(default_factory=list[Call])
    capabilities: Set[Capability] = frozenset(("generate", "chat", "n", "score", "embed", "rate", "train"))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request one solution a seed."""
        with self.lock:
            self.calls += [Call(model=self.name, request=request) for request in requests]
        return [[self._solution(request, seed) for seed in request.seeds] for request in requests]

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Log-probabilities by ``likelihood``, one a word of the text and one for its end."""
        found = [self.likelihood(one.prompt, one.text) for one in texts]
        return [(each,) * (len(one.text.split()) + 1) for one, each in zip(texts, found, strict=True)]

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """Vectors by ``place``, made one long."""
        found = [self.place(text) for text in texts]
        return [tuple(x / (math.hypot(*vector) or 1.0) for x in vector) for vector in found]

    def ratings(self, texts: Sequence[Continuation], /) -> list[float]:
        """A number a text, by ``reward``."""
        return [self.reward(one.prompt, one.text) for one in texts]

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt's name and fields on one line: ``task/sum left=3 sign=+ right=4``."""
        return (Message(role="user", text=written(prompt)),)

    def _solution(self, request: Request, seed: int) -> Solution:
        prompt = request.prompt
        draw = digest("greedy", written(prompt)) if request.sampling.temperature == 0 else seed
        write = self.wrong if Random(draw).random() < self.rates(prompt, self.rate) else self.answer
        text = write(prompt, draw)
        return Solution(
            messages=(Message(role="assistant", text=text, author=request.author),),
            author=request.author,
            usage=Usage(prompt=len(written(prompt).split()), completion=len(text.split())),
        )


def written(prompt: Prompt) -> str:
    """A prompt as one line of text: its name, then its fields."""
    return " ".join([prompt.name, *(f"{name}={value}" for name, value in prompt.fields.items())])
