"""Several models that answer in turn: data of an ensemble, each answer under its model's name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from dataclasses import replace

from lamarck.core import (
    CapabilityError,
    Continuation,
    Learner,
    Message,
    Model,
    ModelRef,
    Prompt,
    Request,
    Solution,
    UsageError,
)
from lamarck.core.protocols import Capability

PROVIDER = "ensemble"
"""What the reference of several models begins with."""


class Ensemble:
    """A recipe's answers from several models in turn.

    The samples of a request go round: which model begins follows from its first seed, so a result depends neither
    on shards nor on order, and over many tasks every model answers as often. Solutions have their model's name
    (``provider/name``) as author, since no version of the learner wrote them alone.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = tuple(models)
        self.name = f"{PROVIDER}/{','.join(model.name for model in models)}"

    @property
    def capabilities(self) -> Set[Capability]:
        """What all of them can do, beyond any training."""
        beyond: set[Capability] = {"train", "score", "distributions", "embed"}
        first, *others = self._models
        shared = set[Capability](each for each in first.capabilities if all(each in m.capabilities for m in others))
        return shared - beyond

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt as the first model reads it. Raises: CapabilityError where a model reads it otherwise."""
        read = [model.render(prompt) for model in self._models]
        if any(each != read[0] for each in read):
            raise CapabilityError(f"the models of {self.name} do not read '{prompt.name}' alike; name one of them")
        return read[0]

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks."""
        found: list[dict[int, Solution]] = [{} for _ in requests]
        for number, model in enumerate(self._models):
            mine = [self._share(request, number) for request in requests]
            asked = [
                replace(request, seeds=tuple(request.seeds[at] for at in places), author=model.name)
                for request, places in zip(requests, mine, strict=True)
            ]
            for place, (places, answers) in enumerate(zip(mine, model.generate(asked), strict=True)):
                found[place] |= dict(zip(places, answers, strict=True))
        return [[samples[at] for at in sorted(samples)] for samples in found]

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Raises: CapabilityError, always: several models give no one likelihood."""
        raise CapabilityError(f"{self.name} is several models; name the one whose likelihoods are meant")

    def _share(self, request: Request, number: int) -> list[int]:
        """The samples of a request that one model answers."""
        first = request.seeds[0] if request.seeds else 0
        return [at for at in range(len(request.seeds)) if (first + at) % len(self._models) == number]


def reference(learners: Sequence[Learner]) -> ModelRef:
    """The models of several learners as one reference. Raises: UsageError for one alone, one twice, or one with more
    to it than a model."""
    names = [learner.model.name for learner in learners]
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(f"--learner {','.join(names)}: give several different models, as openai/a,openai/b")
    if more := next((learner for learner in learners if learner != Learner(model=learner.model)), None):
        raise UsageError(f"{more.model.name} {more.hash} is more than its model; only untouched models answer in turn")
    digest = hashlib.sha256("\n".join(learner.model.digest for learner in learners).encode()).hexdigest()
    return ModelRef(name=f"{PROVIDER}/{','.join(names)}", digest=digest)


def members(model: ModelRef) -> list[str]:
    """The names of the models of a reference."""
    return model.name.partition("/")[2].split(",")
