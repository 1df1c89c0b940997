"""Search for the merge of models that does best."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any, ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Hop,
    Learner,
    Merge,
    MissingExtra,
    ModelRef,
    Names,
    State,
    UsageError,
)
from lamarck.operators.searching import going_on

Genome = tuple[float, ...]
"""What CMA-ES moves."""
START = 0.5
"""Of weights and densities; they are from 0 to 1."""
LEAN = 1 / 3
"""How far the slots of the first source start above the threshold, and the others below: two default sigmas."""
SCALES = (0.25, 4.0)
"""The least and the largest scale of what a layer reads."""
DENSE = ("linear", "slerp")
"""Methods without densities."""


@dataclass(frozen=True, kw_only=True)
class EvolveMerge:
    """CMA-ES over merges of models: a round is a generation, a candidate's fitness its mean score by author.

    The search is the run's and goes on whether or not the gate promotes anybody. Its state is JSON: a seed and the
    fitness of every generation, from which the search is told again all it was told, so it resumes exactly.
    In: experiences with the author that `tasks.PerCandidate` gave them; of one whose experiences were all
    left out it is the least of the round.
    Out: the learner with the elected merge as its model, no adapters; the next generation is out.
    Raises: MissingExtra without `cmaes`, UsageError for a search that cannot be.
    Source: Akiba et al. 2024 (arXiv:2403.13187), section 3. Where the paper gives no number, the library's.
    Differs: in layer space a scale belongs to a slot, not to a pair of layers; a path that is empty keeps the slot
    that came nearest, one that is too deep loses the slots that only just came in, and neither scores 0. The layer
    search starts from the first source as it is.
    """

    needs: ClassVar[Names] = {"train"}
    reads: ClassVar[Names] = {"feedback", "author"}

    sources: tuple[str, ...]
    """Names of models, or of roles: "base" is what the stage began with, "origin" what the run began with. All of one
    architecture; the learner itself moves and is no source."""
    space: Literal["parameters", "layers"] = "parameters"
    """Weights of the same layers, or paths through unchanged layers, where the first source gives the rest."""
    method: str = "dare_ties"
    """In parameter space: linear, slerp, ties, dare_linear, dare_ties."""
    groups: int = 1
    """In parameter space: blocks of layers with weights and densities of their own."""
    base: str = "origin"
    """In parameter space: what differences are taken from, a name or a role; "" = zero, for soups."""
    layers: int = 0
    """In layer space: how many layers each source has."""
    repeats: int = 3
    """In layer space: how often all layers of all sources are laid out as slots."""
    deepest: int = 0
    """In layer space: most layers of a merge, 0 = twice a source's."""
    population: int | None = None
    """Candidates a round; None = 4 + floor(3 ln genes)."""
    sigma: float = 1 / 6
    """First step size; 0 = no search, all candidates are the starting point."""
    elect: Literal["mean", "best"] = "mean"
    """Who meets the gate: the merge at the distribution's mean, or the best candidate of the round."""

    def __post_init__(self) -> None:
        """Refuse what no run could follow."""
        if not self.sources:
            raise UsageError("EvolveMerge has no sources; name the models to merge")
        if self.space == "layers" and self.layers < 1:
            raise UsageError("EvolveMerge in layer space needs layers: how many each source has")
        if self.groups < 1 or self.repeats < 1 or self.sigma < 0 or (self.population or 2) < 2:
            raise UsageError("EvolveMerge needs groups and repeats of 1 or more, a population of 2, a sigma of 0")

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the elected merge; the learner itself where nobody was scored."""
        now = self.out(ctx)
        if not batch:
            return learner
        fitness = _fitness(now.data["out"], batch)
        told = [*now.data["fitness"], fitness]
        genomes, mean = self._search(now.data["seed"], told)
        ctx.keep(self._name, self._state(genomes, now.data["seed"], told, ctx))
        ctx.store.event("searched", search=self._name, round=ctx.round, best=max(fitness), mean=fmean(fitness))
        if self.elect == "mean":
            return ctx.merge(learner, self.plan(mean, now.data["seed"], ctx))
        best = now.data["out"][fitness.index(max(fitness))]
        model = next(one.model for one in now.learners if one.hash == best)
        return replace(learner, model=model, adapters={}, parent=learner.hash)

    def out(self, ctx: Context) -> State:
        """The search as the rounds before left it, with the candidates of this one. The first call begins it.

        Raises: UsageError where the search was begun with other settings.
        """

        def first() -> State:
            seed = ctx.rng(self._name).getrandbits(32)
            return self._state(self._search(seed, ())[0], seed, (), ctx)

        return going_on(self._name, first, self._settings, ctx)

    # --- the search ---

    @property
    def _name(self) -> str:
        return f"merge-{self.space}"

    @property
    def _settings(self) -> dict[str, Any]:
        """What the meaning of a generation depends on, as JSON."""
        return {name: value for name, value in json.loads(json.dumps(asdict(self))).items() if name != "elect"}

    def _state(self, genomes: Sequence[Genome], seed: int, told: Sequence[Sequence[float]], ctx: Context) -> State:
        """The state with the candidates of these genomes; what is merged alike is merged once."""
        plans = [self.plan(genome, seed, ctx) for genome in genomes]
        made = {plan: ctx.merge(ctx.base, plan) for plan in dict.fromkeys(plans)}
        hashes = [made[plan].hash for plan in plans]
        data = {"settings": self._settings, "seed": seed, "fitness": [list(values) for values in told], "out": hashes}
        return State(data=data, learners=tuple({one.hash: one for one in made.values()}.values()))

    def _search(self, seed: int, told: Sequence[Sequence[float]]) -> tuple[list[Genome], Genome]:
        """The genomes of the generation after those told of, and the distribution's mean."""
        size = self.population or 4 + math.floor(3 * math.log(len(self._start)))
        if not self.sigma:
            return [self._start] * size, self._start
        try:
            import numpy as np
            from cmaes import CMA
        except ImportError as fault:
            raise MissingExtra("EvolveMerge", "search") from fault
        bounds = np.array(self._bounds)
        cma = CMA(mean=np.array(self._start), sigma=self.sigma, bounds=bounds, seed=seed, population_size=size)
        for values in told:
            asked = [cma.ask() for _ in values]
            cma.tell([(genome, -value) for genome, value in zip(asked, values, strict=True)])
        return [tuple(cma.ask().tolist()) for _ in range(size)], tuple(cma.mean.tolist())

    # --- genes ---

    @property
    def _slots(self) -> list[tuple[int, int]]:
        """(source, layer) of each slot, in order."""
        every = [(source, layer) for source in range(len(self.sources)) for layer in range(self.layers)]
        return every * self.repeats

    @property
    def _start(self) -> Genome:
        if self.space == "layers":
            own = [LEAN if i < self.layers else -LEAN for i in range(len(self._slots))]
            return (*own, *(1.0 for _ in own))
        kinds = 1 if self.method in DENSE else 2
        return (START,) * (kinds * self.groups * len(self.sources))

    @property
    def _bounds(self) -> list[tuple[float, float]]:
        if self.space == "layers":
            return [(-1.0, 1.0)] * len(self._slots) + [SCALES] * len(self._slots)
        return [(0.0, 1.0)] * len(self._start)

    def plan(self, genome: Genome, seed: int, ctx: Context) -> Merge:
        """What a genome means."""
        sources = tuple(_model(name, ctx) for name in self.sources)
        if self.space == "layers":
            return Merge(method="path", sources=sources, path=self.path(genome))
        width = len(sources)
        rows = [tuple(genome[at : at + width]) for at in range(0, len(genome), width)]
        return Merge(
            method=self.method,
            base=_model(self.base, ctx) if self.base else None,
            sources=sources,
            weights=tuple(rows[: self.groups]),
            densities=tuple(rows[self.groups :]),
            seed=seed,
        )

    def path(self, genome: Genome) -> tuple[Hop, ...]:
        """The slots whose gene is above 0, in order, each with its scale."""
        slots = self._slots
        signs, scales = genome[: len(slots)], genome[len(slots) :]
        order = sorted(range(len(slots)), key=lambda i: -signs[i])
        used = max(1, min(sum(sign > 0 for sign in signs), self.deepest or 2 * self.layers))
        return tuple(Hop(source=slots[i][0], layer=slots[i][1], scale=scales[i]) for i in sorted(order[:used]))


def _model(name: str, ctx: Context) -> ModelRef:
    is_role = name in ("base", "origin", *ctx.learners)
    return (ctx.role(name) if is_role else ctx.models.learner(name)).model


def _fitness(hashes: Sequence[str], batch: Batch) -> list[float]:
    """The mean score of each candidate by its hash; of one without scores the least of the others."""
    scores: dict[str, list[float]] = {}
    for e in batch:
        scores.setdefault(e.author, []).append(e.score)
    means = {author: fmean(values) for author, values in scores.items()}
    return [means.get(hash, min(means.values())) for hash in hashes]
