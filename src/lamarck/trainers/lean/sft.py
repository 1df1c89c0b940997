"""Supervised fine-tuning in one small loop: same seed, same machine, same bits.

It knows no model: any module from token ids (B,T) to logits (B,T,V) will do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.muon import Muon

IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Row:
    """One text. Only labelled tokens are learned."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    """As long as `ids`, not shifted; IGNORED where the loss does not count."""
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows side by side, padded on the right; labels are already shifted by one."""

    ids: Tensor
    labels: Tensor
    weights: Tensor


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one update saw."""

    loss: float
    tokens: int
    """Tokens read, padding included."""


def pack(prompt: Sequence[int], completion: Sequence[int], weight: float = 1.0) -> Row:
    """A row that learns the completion only."""
    labels = (IGNORED,) * len(prompt) + tuple(completion)
    return Row(ids=(*prompt, *completion), labels=labels, weight=weight)


def forever(rows: Sequence[Row], rng: Random) -> Iterator[Row]:
    """All rows in a fresh order, again and again."""
    if not rows:
        raise ValueError("no rows to train on")
    while True:
        yield from rng.sample(rows, len(rows))


def batches(rows: Iterable[Row], size: int, rng: Random, chunk: int = 8) -> Iterator[Batch]:
    """Batches of rows of like length: sorted within `chunk` batches, then shuffled."""
    source = iter(rows)
    while taken := list(islice(source, size * chunk)):
        taken.sort(key=lambda row: len(row.ids))
        cut = [taken[at : at + size] for at in range(0, len(taken), size)]
        rng.shuffle(cut)
        yield from map(collate, cut)


def collate(rows: Sequence[Row]) -> Batch:
    """Pad rows to the longest of them."""
    length = max(len(row.ids) for row in rows)
    ids = [row.ids + (0,) * (length - len(row.ids)) for row in rows]
    labels = [row.labels + (IGNORED,) * (length - len(row.ids)) for row in rows]
    return Batch(
        ids=torch.tensor(ids)[:, :-1],
        labels=torch.tensor(labels)[:, 1:],
        weights=torch.tensor([row.weight for row in rows]),
    )


def loss_of(model: nn.Module, batch: Batch) -> Tensor:
    """Mean negative log-probability of the learned tokens, by weight."""
    logits: Tensor = model(batch.ids)
    each = F.cross_entropy(
        logits.flatten(0, 1), batch.labels.flatten(), ignore_index=IGNORED, reduction="none"
    ).view_as(batch.labels)
    counts = (batch.labels != IGNORED) * batch.weights[:, None]
    return (each * counts).sum() / counts.sum()


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


def train(model: nn.Module, rows: Iterable[Row], settings: Settings) -> Iterator[Step]:
    """Train in place, one step each time the caller asks; stops after `settings.steps`.

    In: rows, endless or at least `steps` batches of them. Out: what each step saw.
    """
    optimizer = optimizer_for(model, settings)
    source = batches(rows, settings.batch, Random(settings.seed))
    model.train()
    for number, batch in enumerate(islice(source, settings.steps)):
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * rate(number, settings)
        loss = loss_of(model, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        yield Step(loss=loss.item(), tokens=batch.ids.numel())
    model.eval()
