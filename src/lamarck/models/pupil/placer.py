"""Where texts lie in the model's own space: the mean of the last layer's vectors.

They are read at one pace, as in `scorer.py` and for its reasons: a text's vector is the same, bit for bit, alone and
among others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F

from lamarck.models.pupil.decode import ROWS, Decoder
from lamarck.models.pupil.sampler import AT_ONCE
from lamarck.models.pupil.tokenizer import EOS


def places(decoder: Decoder, texts: Sequence[tuple[int, ...]]) -> list[tuple[float, ...]]:
    """Out: for each text, one token at least, a vector of unit length, (D,)."""
    distinct = sorted(set(texts), key=lambda ids: (-len(ids), ids))
    found = dict[tuple[int, ...], tuple[float, ...]]()
    with torch.inference_mode():
        for at in range(0, len(distinct), AT_ONCE):
            some = distinct[at : at + AT_ONCE]
            found |= dict(zip(some, _run(decoder, some), strict=True))
    return [found[ids] for ids in texts]


def _run(decoder: Decoder, texts: Sequence[tuple[int, ...]]) -> list[tuple[float, ...]]:
    """One batch. In: texts, longest first."""
    longest, count = len(texts[0]), len(texts)
    rows = -(-count // ROWS) * ROWS
    ids = torch.full((rows, longest), EOS)
    for row, said in enumerate(texts):
        ids[row, : len(said)] = torch.tensor(said)
    cache, sums = decoder.cache(rows, longest), torch.zeros((rows, decoder.shape.width))
    for position in range(longest):
        while len(texts[count - 1]) <= position:
            count -= 1
        open_ = -(-count // ROWS) * ROWS
        sums[:count] += decoder.look(ids[:open_, position], position, cache)[:count]
    means = sums / torch.tensor([[len(said)] for said in texts] + [[1]] * (rows - len(texts)))
    unit: Any = F.normalize(means, dim=1)[: len(texts)]
    return [tuple(row) for row in cast("list[list[float]]", unit.tolist())]
