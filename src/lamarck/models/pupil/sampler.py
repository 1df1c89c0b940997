"""Sampling whose every sample depends on its prompt, its seed and the weights alone.

Prompts meet only prompts of the same length, so nothing is padded or masked. Each sample draws
its noise from its own 64-bit seed by a counter hash, never from a shared generator. So a sample
is the same, bit for bit, alone or among a thousand others, in any order, in any process.

Samples of one prompt that have said the same so far are in the same state; they share one row of
the batch until they part. What is saved grows as a learner becomes surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor

from lamarck.models.pupil.chance import choose, uniform
from lamarck.models.pupil.decode import ROWS, Cache, Decoder
from lamarck.models.pupil.draws import Draw, Drawn, Manner
from lamarck.models.pupil.tokenizer import EOS

T = TypeVar("T")
AT_ONCE = 512
"""Samples of a batch at most: beyond, keys and values leave the processor's cache."""


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """One sample to draw, and where it goes."""

    ids: tuple[int, ...]
    seed: int
    draw: int
    place: int


def sample(decoder: Decoder, draws: Sequence[Draw], manner: Manner) -> list[list[Drawn]]:
    """Out: for each draw its samples, in order of its seeds."""
    found: dict[tuple[int, int], Drawn] = {}
    by_length: dict[int, list[_Ask]] = {}
    for number, draw in enumerate(draws):
        if not draw.ids:
            raise ValueError("a prompt without tokens cannot be continued")
        asks = (_Ask(ids=draw.ids, seed=seed, draw=number, place=at) for at, seed in enumerate(draw.seeds))
        by_length.setdefault(len(draw.ids), []).extend(asks)
    with torch.inference_mode():
        for asks in by_length.values():
            for at in range(0, len(asks), AT_ONCE):
                some = asks[at : at + AT_ONCE]
                for ask, drawn in zip(some, _run(decoder, some, manner), strict=True):
                    found[ask.draw, ask.place] = drawn
    return [[found[number, at] for at in range(len(draw.seeds))] for number, draw in enumerate(draws)]


def _run(decoder: Decoder, asks: Sequence[_Ask], manner: Manner) -> list[Drawn]:
    """One batch of samples whose prompts have the same length."""
    prompts = {ids: row for row, ids in enumerate(dict.fromkeys(ask.ids for ask in asks))}
    length = len(asks[0].ids)
    room = min(manner.max_tokens, decoder.shape.positions - length)
    if room <= 0:
        return [Drawn(tokens=(), logprobs=(), stop="length")] * len(asks)

    cache = decoder.cache(len(_filled(list(asks))), length + room)
    logits = _read(decoder, torch.tensor(_filled(list(prompts))), cache)
    noise = uniform([ask.seed for ask in asks], room)
    tokens = torch.full((len(asks), room), EOS)
    logprobs = torch.zeros((len(asks), room))
    ends = torch.full((len(asks),), room)
    open_ = torch.arange(len(asks))
    rows = torch.tensor([prompts[ask.ids] for ask in asks])  # the row of the batch each open sample is at
    for step in range(room):
        ids, chances = choose(logits, rows, noise[open_, step], manner)
        tokens[open_, step], logprobs[open_, step] = ids, chances
        goes_on = ids != EOS
        ends[open_[~goes_on]] = step
        open_, rows, ids = open_[goes_on], rows[goes_on], ids[goes_on]
        if len(open_) == 0 or step + 1 == room:
            break
        rows, spoken = _part(rows, ids, cache, length + step)
        logits = decoder.step(spoken, length + step, cache)
    return [_drawn(tokens[at], logprobs[at], int(ends[at])) for at in range(len(asks))]


def _read(decoder: Decoder, prompts: Tensor, cache: Cache) -> Tensor:
    """Put the prompts' keys and values into the cache's first rows. Out: the logits after each."""
    last = prompts.shape[1] - 1
    for position in range(last):
        decoder.listen(prompts[:, position], position, cache)
    return decoder.step(prompts[:, last], last, cache)


def _part(rows: Tensor, ids: Tensor, cache: Cache, seen: int) -> tuple[Tensor, Tensor]:
    """Give every distinct continuation a row of its own; the rows in use are the first ones.

    In: each sample's row and next token. Out: each sample's new row; the token of each row.
    """
    size = int(ids.max()) + 1
    pairs, which = _distinct(rows * size + ids)
    parents, count = pairs // size, len(pairs)
    # The first continuation of a row stays there, so that only the others' caches are copied.
    stays = torch.ones(count, dtype=torch.bool)
    stays[1:] = parents[1:] != parents[:-1]
    stays &= parents < count
    free = torch.ones(count, dtype=torch.bool)
    free[parents[stays]] = False
    homes = torch.where(stays, parents, -1)
    homes[~stays] = free.nonzero()[:, 0]
    if not bool(stays.all()):
        for pair in cache:
            for each in pair:
                each[homes[~stays], :seen] = each[parents[~stays], :seen]
    spoken = torch.full((-(-count // ROWS) * ROWS,), EOS)
    spoken[homes] = pairs % size
    return homes[which], spoken


def _distinct(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Out: the distinct numbers, ascending; for each number its place among them."""
    distinct, places = cast("tuple[Tensor, Tensor]", torch.unique(numbers, return_inverse=True))
    return distinct, places


def _filled(items: list[T]) -> list[T]:
    """Repeat the last item until the number is a multiple of ROWS."""
    return items + items[-1:] * (-len(items) % ROWS)


def _drawn(tokens: Tensor, logprobs: Tensor, end: int) -> Drawn:
    ids, chances = cast("list[int]", tokens.tolist()), cast("list[float]", logprobs.tolist())
    stopped = end < len(ids)
    return Drawn(tokens=tuple(ids[:end]), logprobs=tuple(chances[: end + 1]), stop="stop" if stopped else "length")
