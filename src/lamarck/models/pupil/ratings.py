"""Numbers of texts by a head that rates: the one at each text's last token.

Texts are read at one pace, as in `scorer.py` and for its reasons: a text's number is the same, bit for bit, alone and
among others.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lamarck.models.pupil.decode import ROWS, Decoder
from lamarck.models.pupil.sampler import AT_ONCE
from lamarck.models.pupil.tokenizer import EOS


def numbers(decoder: Decoder, texts: Sequence[tuple[int, ...]]) -> list[float]:
    """Out: the number of each text, which has one token at least."""
    distinct = sorted(set(texts), key=lambda ids: (-len(ids), ids))
    found = dict[tuple[int, ...], float]()
    with torch.inference_mode():
        for at in range(0, len(distinct), AT_ONCE):
            some = distinct[at : at + AT_ONCE]
            found |= dict(zip(some, _run(decoder, some), strict=True))
    return [found[ids] for ids in texts]


def _run(decoder: Decoder, texts: Sequence[tuple[int, ...]]) -> list[float]:
    """One batch. In: texts, longest first."""
    longest, count = len(texts[0]), len(texts)
    rows = -(-count // ROWS) * ROWS
    ids = torch.full((rows, longest), EOS)
    for row, said in enumerate(texts):
        ids[row, : len(said)] = torch.tensor(said)
    cache, found = decoder.cache(rows, longest), [0.0] * count
    for position in range(longest):
        open_ = -(-count // ROWS) * ROWS
        given = decoder.step(ids[:open_, position], position, cache)
        while count and len(texts[count - 1]) == position + 1:
            count -= 1
            found[count] = float(given[count, 0])
    return found
