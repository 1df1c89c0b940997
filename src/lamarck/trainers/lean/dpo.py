"""Direct preference optimisation: of two texts make one likelier than a frozen model does, relative to the other.

Source: Rafailov et al. 2023 (arXiv:2305.18290), equation 7: -log sigmoid(beta * margin), where margin =
[log pi(yw) - log ref(yw)] - [log pi(yl) - log ref(yl)], summed over the learned tokens, ends included. The added
likelihood of the preferred text (`nll`) is that of Pang et al. 2024 (arXiv:2404.19733), a mean a token. Scope "step" is
Step-DPO's idea (Lai et al. 2024, arXiv:2406.18629) at the grain of a token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lamarck.trainers.lean import sft
from lamarck.trainers.lean.exchange import PairSettings
from lamarck.trainers.lean.loop import Loss, Step, alike, minimise
from lamarck.trainers.lean.sft import IGNORED, Row


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two texts of one beginning; each row's weight is the pair's."""

    chosen: Row
    rejected: Row

    @property
    def length(self) -> int:
        """Tokens of the longer one."""
        return max(len(self.chosen.ids), len(self.rejected.ids))

    @property
    def parting(self) -> int:
        """Where the texts first differ; equal texts part at their end."""
        both = zip(self.chosen.ids, self.rejected.ids, strict=False)
        return next((at for at, (one, other) in enumerate(both) if one != other), self.length)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Pairs side by side: the chosen texts' rows, then the rejected ones' in the same order."""

    rows: sft.Batch
    counts: Tensor
    """Which labels the comparison counts, (2B,T)."""
    reference: Tensor
    """Log-probability of each row's counted labels under the frozen model, (2B,)."""

    @property
    def ids(self) -> Tensor:
        """Tokens of all rows."""
        return self.rows.ids


def collate(pairs: Sequence[Pair], settings: PairSettings) -> Batch:
    """Pad pairs to the longest of their rows; nothing is known of the frozen model yet."""
    rows = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    counted = rows
    if settings.scope == "step":
        partings = [pair.parting for pair in pairs] * 2
        counted = [_first(row, parting) for row, parting in zip(rows, partings, strict=True)]
    counts = sft.collate(counted).labels != IGNORED
    return Batch(rows=sft.collate(rows), counts=counts, reference=torch.zeros(len(rows)))


def _first(row: Row, parting: int) -> Row:
    """The row with one label left: the first that is learned where the texts have parted."""
    at = next((i for i in range(parting, len(row.labels)) if row.labels[i] != IGNORED), None)
    labels = tuple(label if i == at else IGNORED for i, label in enumerate(row.labels))
    return replace(row, labels=labels)


def loss_of(model: nn.Module, batch: Batch, settings: PairSettings) -> Loss:
    """The loss by weight, with the mean reward margin (beta times) and the share of pairs in the right order."""
    each = sft.surprise(model, batch.rows)
    chosen, rejected = (-(each * batch.counts).sum(-1) - batch.reference).chunk(2)
    margins = settings.beta * (chosen - rejected)
    weights = batch.rows.weights.chunk(2)[0]
    value = -(F.logsigmoid(margins) * weights).sum() / weights.sum()
    if settings.nll:
        learned = (batch.rows.labels != IGNORED).chunk(2)[0] * weights[:, None]
        value = value + settings.nll * (each.chunk(2)[0] * learned).sum() / learned.sum()
    seen = margins.detach()
    return Loss(value=value, figures={"margin": seen.mean().item(), "accuracy": (seen > 0).float().mean().item()})


def train(
    model: nn.Module, pairs: Sequence[Pair], settings: PairSettings, reference: nn.Module | None = None
) -> Iterator[Step]:
    """Train in place, one step each time the caller asks. In: pairs; the frozen model, None = the model as it is now.

    The frozen model is asked once, before training, about the very batches that training reads: where it is the
    model itself, every margin is exactly 0 before the first step.
    """
    cut = alike(pairs, settings.batch, Random(settings.seed), lambda pair: pair.length, settings.chunk)
    source = [_referred(reference or model, collate(some, settings)) for some in cut]
    return minimise(model, source, lambda model, batch: loss_of(model, batch, settings), settings)


def _referred(model: nn.Module, batch: Batch) -> Batch:
    with torch.no_grad():
        return replace(batch, reference=-(sft.surprise(model, batch.rows) * batch.counts).sum(-1))
