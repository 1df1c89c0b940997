"""The one training loop: any module, any loss on batches. Same seed, same machine, same bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.muon import Muon


class Read(Protocol):
    """A batch as the loop sees it."""

    @property
    def ids(self) -> Tensor:
        """The tokens that the module reads, (B,T)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a batch gives."""

    value: Tensor
    """To be made smaller, ()."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """What else is worth knowing of the batch."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one update saw."""

    loss: float
    tokens: int
    """Tokens read, padding included."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])


Row = TypeVar("Row")
Batch = TypeVar("Batch", bound=Read)


def alike(
    rows: Iterable[Row], size: int, rng: Random, length: Callable[[Row], int], chunk: int = 8
) -> Iterator[list[Row]]:
    """Batches of rows of like length: sorted within `chunk` batches, then shuffled."""
    source = iter(rows)
    while taken := list(islice(source, size * chunk)):
        taken.sort(key=length)
        cut = [taken[at : at + size] for at in range(0, len(taken), size)]
        rng.shuffle(cut)
        yield from cut


def rate(step: int, settings: Settings) -> float:
    """The factor on the learning rate at a step counted from 0."""
    rise = min(1.0, (step + 1) / max(1, settings.warmup))
    done = step / max(1, settings.steps)
    fall = {"linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2, "constant": 1.0}
    return rise * fall[settings.schedule]


def optimizer_for(model: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """A fresh optimiser; nothing is carried over between training runs."""
    if settings.optimizer == "muon":
        named = model.named_parameters()
        return Muon(named, settings.lr, weight_decay=settings.weight_decay)
    return torch.optim.AdamW(model.parameters(), settings.lr, betas=(0.9, 0.98), weight_decay=settings.weight_decay)


def minimise(
    model: nn.Module, source: Iterable[Batch], loss: Callable[[nn.Module, Batch], Loss], settings: Settings
) -> Iterator[Step]:
    """Train in place, one step each time the caller asks; stops after `settings.steps`. Out: what each step saw."""
    optimizer = optimizer_for(model, settings)
    model.train()
    for number, batch in enumerate(islice(source, settings.steps)):
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * rate(number, settings)
        found = loss(model, batch)
        optimizer.zero_grad(set_to_none=True)
        found.value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        yield Step(loss=found.value.item(), tokens=batch.ids.numel(), figures=found.figures)
    model.eval()
