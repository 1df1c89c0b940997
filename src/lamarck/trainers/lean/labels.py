"""Right or wrong: one number for a whole text, the log-odds of its being right.

Binary cross-entropy on the number at the text's last token. It knows no model: any module from token ids (B,T) to one
number at each place (B,T,1) will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lamarck.trainers.lean.exchange import LabelSettings
from lamarck.trainers.lean.loop import Loss, Step, alike, minimise


@dataclass(frozen=True, kw_only=True)
class Row:
    """One text, whole, and whether it is right."""

    ids: tuple[int, ...]
    good: bool
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows side by side, padded on the right."""

    ids: Tensor
    last: Tensor
    """Where each text ends, (B,)."""
    good: Tensor
    """1 for the right ones, (B,)."""
    weights: Tensor


def collate(rows: Sequence[Row], positive: float = 1.0) -> Batch:
    """Pad rows to the longest of them; right ones weigh so many times as much."""
    longest = max(len(row.ids) for row in rows)
    return Batch(
        ids=torch.tensor([row.ids + (0,) * (longest - len(row.ids)) for row in rows]),
        last=torch.tensor([len(row.ids) - 1 for row in rows]),
        good=torch.tensor([float(row.good) for row in rows]),
        weights=torch.tensor([row.weight * (positive if row.good else 1.0) for row in rows]),
    )


def loss_of(model: nn.Module, batch: Batch) -> Loss:
    """The mean by weight, with the share of texts whose number has the right sign."""
    numbers = model(batch.ids)[torch.arange(len(batch.last)), batch.last, 0]
    each = F.binary_cross_entropy_with_logits(numbers, batch.good, reduction="none")
    value = (each * batch.weights).sum() / batch.weights.sum()
    right = ((numbers.detach() > 0) == (batch.good > 0)).float().mean().item()
    return Loss(value=value, figures={"accuracy": right})


def train(model: nn.Module, rows: Sequence[Row], settings: LabelSettings) -> Iterator[Step]:
    """Train in place, one step each time the caller asks. In: rows, each read once."""
    cut = alike(rows, settings.batch, Random(settings.seed), lambda row: len(row.ids))
    source = (collate(some, settings.positive) for some in cut)
    return minimise(model, source, loss_of, settings)
