"""What is asked of a vLLM server: tokens in, tokens out, so that a model reads what it was taught with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lamarck.core import Request
from lamarck.models.endpoint.asking import SEEDS, Ask, drawn, identity, plain
from lamarck.models.pupil.draws import Manner

NUMBERS = {"return_tokens_as_token_ids": True, "add_special_tokens": False}
"""Asked of every call: tokens by number, and none put before what is sent."""


def samples(
    request: Request, ids: Sequence[int], manner: Manner, ends: frozenset[int], version: str, base: str
) -> list[Ask]:
    """The calls of a request, one a sample, each with its own seed.

    In: the prompt's tokens, how to draw, the tokens that end a text, the server's name of who answers, and the content
    of its base. A call is recorded for these weights alone.
    """
    body = {"prompt": list(ids), **manners(request, manner, ends), **NUMBERS}
    asks = drawn(request, "completion", body, identity(version, base, "", "completion", body), version)
    return [replace(one, body={**body, "seed": one.seed & SEEDS}) for one in asks]


def manners(request: Request, manner: Manner, ends: frozenset[int]) -> dict[str, Any]:
    """How to draw, in vLLM's words; all of it is said, since a server has defaults of its own."""
    sampling = request.sampling
    found: dict[str, Any] = {"temperature": manner.temperature, "max_tokens": manner.max_tokens, "logprobs": 0}
    if manner.temperature > 0:
        found |= {"top_p": 1.0 if manner.top_p is None else manner.top_p, "top_k": manner.top_k or 0}
    found |= {"stop_token_ids": sorted(ends)} if ends else {}
    if sampling.among:
        return {**found, "structured_outputs": {"choice": list(sampling.among)}}
    return found | ({"stop": list(sampling.stop)} if sampling.stop else {})


def likelihood(ids: Sequence[int], k: int, version: str, base: str) -> Ask:
    """How likely each token of a text is after those before it, and the k likeliest in its place.

    A prompt's log-probabilities are of temperature 1, whatever a call draws at.
    """
    body: Mapping[str, Any] = {
        "prompt": list(ids),
        "echo": True,
        "logprobs": k,
        "max_tokens": 1,
        "temperature": 0.0,
        **NUMBERS,
    }
    return plain("completion", body, version, base, "score")
