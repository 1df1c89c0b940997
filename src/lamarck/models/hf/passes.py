"""Whole texts read at once: how likely they are, what else might have been said, where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

from lamarck.models.hf.engine import Engine
from lamarck.models.hf.reader import Reader

T = TypeVar("T")
NUMBERS = 1 << 26
"""Logits that are held at once."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A prompt and a text after it."""

    ids: tuple[int, ...]
    read: int
    """How many of them are the prompt's."""


def chances(engine: Engine, texts: Sequence[Said], reader: Reader) -> list[tuple[float, ...]]:
    """Log-probability at temperature 1 of each token of each text and of its end mark, if the model has one."""

    def of(said: Said, logprobs: Tensor) -> tuple[float, ...]:
        following = [*said.ids[said.read :], *([] if reader.end is None else [reader.end])]
        places = torch.arange(len(following), device=logprobs.device)
        return tuple(cast("list[float]", logprobs[places, torch.tensor(following, device=logprobs.device)].tolist()))

    return _read(engine, texts, of)


def distributions(engine: Engine, texts: Sequence[Said], reader: Reader, k: int) -> list[list[Mapping[str, float]]]:
    """The k likeliest tokens at each place and at the end, likeliest first; of two that look alike the likelier."""

    def of(said: Said, logprobs: Tensor) -> list[Mapping[str, float]]:
        best = logprobs.topk(min(k, logprobs.shape[-1]), -1)
        rows = zip(
            cast("list[list[int]]", best.indices.tolist()), cast("list[list[float]]", best.values.tolist()), strict=True
        )
        return [_named(reader, tokens, values) for tokens, values in rows]

    return _read(engine, texts, of)


def places(engine: Engine, texts: Sequence[tuple[int, ...]]) -> list[tuple[float, ...]]:
    """Mean of the last layer's vectors of each text, of unit length."""
    found = dict[tuple[int, ...], tuple[float, ...]]()
    loaded = engine.loaded
    for some in _portions(sorted(set(texts), key=len), engine.read, len):
        longest = max(map(len, some))
        ids = torch.tensor([[*one, *[0] * (longest - len(one))] for one in some], device=loaded.device)
        out = loaded.module.base_model(input_ids=ids, use_cache=False)
        for one, vectors in zip(some, out.last_hidden_state, strict=True):
            mean = vectors[: len(one)].float().mean(0)
            found[one] = tuple(cast("list[float]", (mean / mean.norm().clamp_min(1e-12)).tolist()))
    return [found[one] for one in texts]


def _read(engine: Engine, texts: Sequence[Said], of: Callable[[Said, Tensor], T]) -> list[T]:
    """In: what becomes of a text and the log-probabilities after each of its places, from its prompt's end on."""
    loaded, found = engine.loaded, dict[Said, T]()
    size = int(loaded.module.get_input_embeddings().weight.shape[0])
    most = min(engine.read, max(1, NUMBERS // size))
    for some in _portions(sorted(set(texts), key=lambda said: (len(said.ids), said.ids)), most, lambda s: len(s.ids)):
        longest, first = max(len(said.ids) for said in some), min(said.read for said in some) - 1
        ids = torch.tensor([[*said.ids, *[0] * (longest - len(said.ids))] for said in some], device=loaded.device)
        given: dict[str, Any] = {"input_ids": ids, "use_cache": False}
        if "logits_to_keep" in loaded.takes:
            given["logits_to_keep"] = longest - first
        logits = loaded.module(**given).logits[:, first - longest :]
        for row, said in enumerate(some):
            span = slice(said.read - 1 - first, len(said.ids) - first)
            found[said] = of(said, logits[row, span].float().log_softmax(-1))
    return [found[said] for said in texts]


def _portions(items: Sequence[T], most: int, length: Callable[[T], int]) -> list[list[T]]:
    """Items, sorted by length, in portions of at most so many tokens, one item at least."""
    found = list[list[T]]()
    for one in items:
        if not found or length(one) * (len(found[-1]) + 1) > most:
            found.append([])
        found[-1].append(one)
    return found


def _named(reader: Reader, tokens: Sequence[int], values: Sequence[float]) -> Mapping[str, float]:
    found = dict[str, float]()
    for token, value in zip(tokens, values, strict=True):
        found.setdefault(reader.token(token), value)
    return found
