"""The last layer of small models, all at once: TRL makes it in tiles, twice, to save memory that they do not need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lamarck.trainers.lean.sft import IGNORED

MOST = 1 << 24
"""Numbers that the last layer may make in one reading, 64 MB of each kind; on a GPU TRL's tiles are one kernel."""


@dataclass(kw_only=True)
class Told:
    """What TRL's loss asks of the last layer, [B,T-1] each, zero where nothing is learned."""

    log_probs: Tensor
    entropy: Tensor
    is_top1: Tensor
    label_mask: Tensor


def small(model: Any, labels: Tensor) -> bool:
    """Whether all log-probabilities of a batch fit beside each other."""
    size = int(model.config.get_text_config().vocab_size)
    return labels.device.type == "cpu" and labels.numel() * size <= MOST


def told(model: Any, labels: Tensor, **inputs: Any) -> Told:
    """One pass over a batch. The same numbers as from TRL's tiles."""
    chances = model(**inputs).logits[:, :-1].float().log_softmax(-1)
    after = labels[:, 1:]
    mask = after != IGNORED
    log_probs = chances.gather(-1, after.clamp(min=0)[..., None])[..., 0]
    with torch.no_grad():
        entropy = -(chances.exp() * chances).sum(-1)
        top = chances.argmax(-1) == after
    return Told(
        log_probs=log_probs.masked_fill(~mask, 0.0),
        entropy=entropy.masked_fill(~mask, 0.0),
        is_top1=top & mask,
        label_mask=mask,
    )
