"""Noise from seeds, and the token that noise picks from a distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lamarck.models.pupil.draws import Manner


def choose(logits: Tensor, rows: Tensor, noise: Tensor, manner: Manner) -> tuple[Tensor, Tensor]:
    """In: logits (R,V); for each of S samples its row and its noise in [0,1).

    Out: ids (S,), their log-probabilities (S,) at temperature 1 with all tokens allowed.
    """
    plain = logits.log_softmax(-1)
    if manner.temperature == 0:
        ids = logits.argmax(-1)[rows]
    else:
        scores = plain if manner.temperature == 1 else logits / manner.temperature
        if manner.top_k and manner.top_k < logits.shape[-1]:
            least = scores.topk(manner.top_k, -1).values[:, -1:]
            scores = scores.masked_fill(scores < least, float("-inf"))
        if manner.top_p is not None and manner.top_p < 1:
            scores = _nucleus(scores, manner.top_p)
        ladder = scores.softmax(-1).cumsum(-1)[rows]
        # The first step above the noise; a token of probability 0 is no step and never chosen.
        ids = torch.searchsorted(ladder, noise[:, None] * ladder[:, -1:], right=True)[:, 0]
        ids = ids.clamp_(max=logits.shape[-1] - 1)
    return ids, plain[rows, ids]


def _nucleus(scores: Tensor, share: float) -> Tensor:
    """Keep the likeliest tokens that together reach `share` of the probability, one at least."""
    chances, order = torch.sort(scores.softmax(-1), dim=-1, descending=True, stable=True)
    before = chances.cumsum(-1) - chances
    late = torch.zeros_like(before, dtype=torch.bool).scatter(-1, order, before >= share)
    return scores.masked_fill(late, float("-inf"))


def uniform(seeds: Sequence[int], steps: int) -> Tensor:
    """Noise in [0,1) of 24 bits, (samples, steps): SplitMix64 of each seed, counted by step."""
    count = np.arange(1, steps + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state: NDArray[np.uint64] = np.array([seed % 2**64 for seed in seeds], dtype=np.uint64)
    mixed = _mix(_mix(state)[:, None] + count)
    return torch.from_numpy((mixed >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24))


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
