"""Merging in parameter space: the same tensor of every source becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import torch
from torch import Generator, Tensor

from lamarck.core import Merge, UsageError, digest
from lamarck.trainers.merging.files import FLOATS, Entry, Weights, assemble
from lamarck.trainers.merging.rules import arc, disjoint, drop, linear, trim

Sparsen = Callable[[Tensor], Tensor]
"""Maps the blocks of a delta, in order, to what is left of them."""
LAYER = re.compile(r"\.(\d+)\.")
"""A layer's number in the name of its tensors; an expert's comes after it."""
ENTRANCE = re.compile(r"embed|wte|wpe")
"""In the names of tensors before the first layer; the others outside layers come after the last."""


@dataclass(frozen=True, kw_only=True)
class Blend:
    """Each tensor as base + rule(sources - base), block by block in float32, in the base's type.

    Tensors that are not of floating point must be the same everywhere and are copied.
    Raises: UsageError naming file and tensor where the sources differ in names or shapes, where a value is not
    finite, or does not fit the type.
    """

    plan: Merge
    base: Weights | None
    """None = zero; shapes and types are then the first source's."""
    sources: Sequence[Weights]

    @property
    def like(self) -> Weights:
        """The model whose tensors, shapes and types the merge has."""
        return self.base or self.sources[0]

    def sizes(self) -> dict[str, int]:
        """Bytes of each tensor to be made. Raises: UsageError where the models do not fit each other."""
        for one in self.sources:
            _same(self.like, one)
        layers, groups = self._layers, len(self.plan.weights)
        if groups > max(1, layers):
            raise UsageError(f"the merge has {groups} groups, but {self.like.folder} has {layers} layers")
        return {name: entry.bytes for name, entry in self.like.entries.items()}

    def tensor(self, name: str) -> Tensor:
        """The merged tensor."""
        entry = self.like.entries[name]
        if entry.dtype not in FLOATS.values():
            return self._copied(name, entry)
        group = self._group(name)
        weights = self.plan.weights[group]
        sparsen = [self._sparsen(name, group, i) for i in range(len(self.sources))]
        factors = self._arc(name, weights) if self.plan.method == "slerp" else weights
        combine = disjoint if self.plan.method.endswith("ties") else linear

        def block(rows: slice) -> Tensor:
            deltas = [apply(self._delta(name, rows, i)) for i, apply in enumerate(sparsen)]
            made = combine(deltas, factors)
            if self.base:
                made += self.base.block(name, rows).float()
            if bool((made.abs() > torch.finfo(entry.dtype).max).any()):
                raise UsageError(f"{name}: the merge does not fit {entry.dtype}; use smaller weights")
            return made

        return assemble(entry, block)

    def _delta(self, name: str, rows: slice, source: int) -> Tensor:
        mine = self.sources[source].block(name, rows).float()
        return mine - self.base.block(name, rows).float() if self.base else mine

    def _deltas(self, name: str, source: int) -> Iterator[Tensor]:
        return (self._delta(name, rows, source) for rows in self.like.entries[name].rows())

    def _sparsen(self, name: str, group: int, source: int) -> Sparsen:
        plan = self.plan
        density = plan.densities[group][source] if plan.densities else 1.0
        if density >= 1 or plan.method in ("linear", "slerp"):
            return lambda delta: delta
        if plan.method == "ties":
            count = prod(self.like.entries[name].shape)
            return trim(lambda: self._deltas(name, source), int(density * count))
        # from the source's content, not its place: the order of sources and tensors changes no draw
        seed = digest(plan.seed, name, plan.sources[source].digest)
        draws = Generator().manual_seed(seed)
        return lambda delta: drop(delta, density, draws)

    def _arc(self, name: str, weights: Sequence[float]) -> tuple[float, float]:
        one = two = product = 0.0
        for a, b in zip(self._deltas(name, 0), self._deltas(name, 1), strict=True):
            left, right = a.double().flatten(), b.double().flatten()
            one, two, product = one + float(left @ left), two + float(right @ right), product + float(left @ right)
        return arc(one, two, product, weights)

    def _copied(self, name: str, entry: Entry) -> Tensor:
        def block(rows: slice) -> Tensor:
            mine = self.like.block(name, rows)
            for other in self.sources:
                if not torch.equal(mine, other.block(name, rows)):
                    cure = "numbers that are not of floating point (quantised ones too) can only be copied"
                    raise UsageError(f"{other.entries[name].file}: {name} differs from {entry.file}'s; {cure}")
            return mine

        return assemble(entry, block)

    @cached_property
    def _layers(self) -> int:
        return max((int(found[1]) + 1 for name in self.like.entries if (found := LAYER.search(name))), default=0)

    def _group(self, name: str) -> int:
        groups = len(self.plan.weights)
        if found := LAYER.search(name):
            return int(found[1]) * groups // self._layers
        return 0 if ENTRANCE.search(name) else groups - 1


def _same(like: Weights, other: Weights) -> None:
    for have, lacks in ((like, other), (other, like)):
        for name in have.entries.keys() - lacks.entries.keys():
            raise UsageError(f"{lacks.folder} has no tensor {name}, which {have.entries[name].file} has")
    for name, entry in like.entries.items():
        theirs = other.entries[name]
        if theirs.shape != entry.shape:
            raise UsageError(f"{theirs.file}: {name} is {theirs.shape}, but {entry.shape} in {entry.file}")
        if (theirs.dtype in FLOATS.values()) != (entry.dtype in FLOATS.values()):
            raise UsageError(f"{theirs.file}: {name} is {theirs.dtype}, but {entry.dtype} in {entry.file}")
