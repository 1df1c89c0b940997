"""Likelihoods of given texts, bit for bit those that the sampler would report.

All texts are read at one pace, position by position, by the sampler's own pass, so a text needs no
padding and meets the same kernels alone or among others. The longest come first: those still open
are then always the first rows of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from lamarck.models.pupil.decode import ROWS, Decoder
from lamarck.models.pupil.draws import Said
from lamarck.models.pupil.sampler import AT_ONCE
from lamarck.models.pupil.tokenizer import EOS


def chances(decoder: Decoder, texts: Sequence[Said]) -> list[tuple[float, ...]]:
    """Out: for each text the log-probability, at temperature 1, of each of its tokens and of its end mark."""
    distinct = sorted(set(texts), key=lambda said: (-len(said.ids), said.ids, said.read))
    found = dict[Said, tuple[float, ...]]()
    with torch.inference_mode():
        for at in range(0, len(distinct), AT_ONCE):
            some = distinct[at : at + AT_ONCE]
            found |= dict(zip(some, _run(decoder, some), strict=True))
    return [found[said] for said in texts]


def _run(decoder: Decoder, texts: Sequence[Said]) -> list[tuple[float, ...]]:
    """One batch. In: texts, longest first."""
    if min(said.read for said in texts) == 0:
        raise ValueError("a prompt without tokens cannot be continued")
    longest, rows = len(texts[0].ids), -(-len(texts) // ROWS) * ROWS
    ids = torch.full((rows, longest + 1), EOS)
    for row, said in enumerate(texts):
        ids[row, : len(said.ids)] = torch.tensor(said.ids)
    first = min(said.read for said in texts) - 1
    cache, logprobs = decoder.cache(rows, longest), torch.zeros((rows, longest))
    count = len(texts)
    for position in range(longest):
        while len(texts[count - 1].ids) <= position:
            count -= 1
        open_ = -(-count // ROWS) * ROWS
        spoken = ids[:open_, position]
        if position < first:
            decoder.listen(spoken, position, cache)
        else:
            logprobs[:open_, position] = _of(decoder.step(spoken, position, cache), ids[:open_, position + 1])
    values = cast("list[list[float]]", logprobs.tolist())
    return [tuple(values[row][said.read - 1 : len(said.ids)]) for row, said in enumerate(texts)]


def _of(logits: Tensor, following: Tensor) -> Tensor:
    return logits.log_softmax(-1).gather(-1, following[:, None])[:, 0]
