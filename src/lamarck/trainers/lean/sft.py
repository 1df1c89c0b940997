"""Supervised fine-tuning: the likelihood of the learned tokens.

It knows no model: any module from token ids (B,T) to logits (B,T,V) will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lamarck.trainers.lean.exchange import Settings
from lamarck.trainers.lean.loop import Loss, Step, alike, minimise

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
    return map(collate, alike(rows, size, rng, lambda row: len(row.ids), chunk))


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


def surprise(model: nn.Module, batch: Batch) -> Tensor:
    """Negative log-probability of each learned token, 0 elsewhere, (B,T)."""
    logits: Tensor = model(batch.ids)
    return F.cross_entropy(
        logits.flatten(0, 1), batch.labels.flatten(), ignore_index=IGNORED, reduction="none"
    ).view_as(batch.labels)


def loss_of(model: nn.Module, batch: Batch) -> Tensor:
    """Mean negative log-probability of the learned tokens, by weight."""
    each = surprise(model, batch)
    counts = (batch.labels != IGNORED) * batch.weights[:, None]
    return (each * counts).sum() / counts.sum()


def train(model: nn.Module, rows: Iterable[Row], settings: Settings) -> Iterator[Step]:
    """Train in place, one step each time the caller asks; stops after `settings.steps`.

    In: rows, endless or at least `steps` batches of them. Out: what each step saw.
    """
    source = batches(rows, settings.batch, Random(settings.seed), settings.chunk)
    return minimise(model, source, lambda model, batch: Loss(value=loss_of(model, batch)), settings)
