"""How likely a text is, as completions tell it: the prompt echoed, token by token, with log-probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lamarck.core import CapabilityError
from lamarck.models.endpoint.reading import Record


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The tokens of an echoed text."""

    offsets: Sequence[int]
    """Where each begins, in characters."""
    logprobs: Sequence[float | None]
    top: Sequence[Mapping[str, float] | None]
    """The likeliest at each place."""
    length: int
    """Of the text, in characters; what the server wrote itself comes after it."""

    def after(self, start: int) -> list[int]:
        """The places of the tokens that reach beyond a character; one that begins before it counts."""
        ends = [*self.offsets[1:], self.length + 1]
        return [at for at, (a, b) in enumerate(zip(self.offsets, ends, strict=True)) if b > start and a < self.length]


def shown(record: Record, text: str, model: str) -> Shown:
    """The tokens of a completion that echoes its prompt. Raises: CapabilityError where it shows none."""
    data = record.data
    try:
        found = cast("dict[str, Any]", data)
        tokens, logprobs = list(map(str, found["tokens"])), list(found["token_logprobs"])
        top = list(found.get("top_logprobs") or [None] * len(tokens))
        offsets = list(found.get("text_offset") or _offsets(tokens))
        if not len(tokens) == len(logprobs) == len(top) == len(offsets) or not "".join(tokens).startswith(text[:1]):
            raise ValueError("of several lengths")
    except (TypeError, KeyError, ValueError) as error:
        cure = "take hf/..., vllm/... or pupil/..."
        raise CapabilityError(f"{model} echoes no log-probabilities of its tokens; {cure}") from error
    return Shown(offsets=offsets, logprobs=logprobs, top=top, length=len(text))


def logprobs_of(found: Shown, start: int, model: str) -> tuple[float, ...]:
    """Of each token from a character on. Raises: CapabilityError where one is missing."""
    values = [found.logprobs[at] for at in found.after(start)]
    if not values or any(value is None or math.isnan(value) for value in values):
        raise CapabilityError(f"{model} tells no log-probability of some tokens; take hf/..., vllm/... or pupil/...")
    return tuple(float(value) for value in values if value is not None)


def likeliest(found: Shown, start: int, model: str) -> list[Mapping[str, float]]:
    """The likeliest tokens at each place from a character on, likeliest first. Raises: CapabilityError."""
    places = [found.top[at] for at in found.after(start)]
    if not places or not all(places):
        raise CapabilityError(f"{model} does not show which tokens were likeliest; take hf/... or vllm/...")
    return [dict(sorted((place or {}).items(), key=lambda pair: -pair[1])) for place in places]


def _offsets(tokens: Sequence[str]) -> list[int]:
    found, at = list[int](), 0
    for token in tokens:
        found.append(at)
        at += len(token)
    return found
