"""The rules of merging, on whole tensors or on blocks of their rows.

A delta is a source's weights minus the base's, in float32; a rule maps deltas to what is added to the base.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

Blocks = Callable[[], Iterable[Tensor]]
"""Goes over a tensor's blocks in order, anew with each call."""
NEARLY_PARALLEL = 1 - 1e-6
"""Cosine from which on an arc is a line."""
HALF = 16
"""Bits that one pass over a tensor sorts by; two passes sort float32."""


def linear(deltas: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """The weighted sum: task arithmetic, or a soup where the base is zero and the weights sum to 1.

    Source: Ilharco et al. 2022 (arXiv:2212.04089), section 2; Wortsman et al. 2022 (arXiv:2203.05482), section 2.
    """
    made = torch.zeros_like(deltas[0])
    for delta, weight in zip(deltas, weights, strict=True):
        made.add_(delta, alpha=weight)
    return made


def disjoint(deltas: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Elect a sign for each entry, then average the weighted deltas that have it.

    The sign is that of the deltas' sum, plus where that is zero. A delta that is zero has no sign and does not count.
    Source: TIES, Yadav et al. 2023 (arXiv:2306.01708), section 3.
    Differs: weights stand outside the election and the count, as in PEFT; the paper has one weight for all.
    """
    sign = torch.where(linear(deltas, [1.0] * len(deltas)) >= 0, 1.0, -1.0)
    made, count = torch.zeros_like(sign), torch.zeros_like(sign)
    for delta, weight in zip(deltas, weights, strict=True):
        agreeing = (delta * sign).clamp_(min=0)
        made.add_(agreeing, alpha=weight)
        count += agreeing > 0
    return made.mul_(sign).div_(count.clamp_(min=1))


def drop(delta: Tensor, density: float, draws: Generator) -> Tensor:
    """Keep each entry with this chance and divide it by the chance, so that the mean stays.

    Source: DARE, Yu et al. 2023 (arXiv:2311.03099), section 3.1; the paper's drop rate is 1 - density.
    """
    kept = torch.rand(delta.shape, generator=draws) < density
    return torch.where(kept, delta / density, 0.0) if density else torch.zeros_like(delta)


@dataclass(kw_only=True)
class Trim:
    """Zeroes all but the largest entries of a tensor that comes in blocks. Of equals the first are kept.

    Source: TIES, Yadav et al. 2023 (arXiv:2306.01708), section 3, step "trim".
    """

    least: int
    """The size of the smallest entry that is kept, as the integer of float32's bits: in the same order as sizes."""
    spare: int
    """How many entries of just that size are still to be kept."""

    def __call__(self, delta: Tensor) -> Tensor:
        """The next block, trimmed."""
        sizes = _sizes(delta)
        kept, equal = sizes > self.least, sizes == self.least
        count = int(equal.count_nonzero())
        if count > self.spare:
            equal &= equal.cumsum(0) <= self.spare
        self.spare -= min(count, self.spare)
        return delta * (kept | equal).view_as(delta)


def trim(blocks: Blocks, kept: int) -> Trim:
    """What trims to the ``kept`` largest entries, found in two passes and no copy of the tensor."""
    if kept == 0:
        return Trim(least=torch.iinfo(torch.int32).max, spare=0)
    high, rest = _place((_sizes(block) >> HALF for block in blocks()), kept)
    mask = (1 << HALF) - 1
    lows = (sizes[sizes >> HALF == high] & mask for sizes in map(_sizes, blocks()))
    low, spare = _place(lows, rest)
    return Trim(least=high << HALF | low, spare=spare)


def arc(one: float, two: float, product: float, weights: Sequence[float]) -> tuple[float, float]:
    """The factors of two vectors for a point on the arc between them (SLERP).

    In: their squared lengths and their scalar product; weights (1 - t, t), or a multiple, which scales the result.
    Out: where the vectors are nearly parallel, or one is zero, the weights themselves: a point on the line.
    Source: Shoemake 1985, Animating rotation with quaternion curves, section 3.3.
    Differs: lengths are kept, so the result lies on no sphere where they differ, as usual for weights of models.
    """
    total, lengths = sum(weights), math.sqrt(one * two)
    cosine = product / lengths if lengths else 1.0
    if abs(cosine) >= NEARLY_PARALLEL or total == 0:
        return weights[0], weights[1]
    angle = math.acos(cosine)
    first, second = (total * math.sin(weight / total * angle) / math.sin(angle) for weight in weights)
    return first, second


def _sizes(delta: Tensor) -> Tensor:
    """Absolute values as integers of the same order, flat."""
    return delta.abs().contiguous().flatten().view(torch.int32)


def _place(numbers: Iterable[Tensor], kept: int) -> tuple[int, int]:
    """Where the ``kept``-th largest number lies, and how many of just that number are among the ``kept``."""
    counts = torch.zeros(1 << HALF, dtype=torch.int64)
    for block in numbers:
        counts += torch.bincount(block, minlength=len(counts))
    fromtop = counts.flip(0).cumsum(0)
    at = int(torch.searchsorted(fromtop, kept))
    number = len(counts) - 1 - at
    return number, kept - int(fromtop[at] - counts[number])
