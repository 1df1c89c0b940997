"""What a vLLM server answered, as solutions and likelihoods."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lamarck.core import CapabilityError, Message, Request, Solution, Usage
from lamarck.models.endpoint.caller import Answer
from lamarck.models.vllm.target import said, tops

if TYPE_CHECKING:
    from lamarck.models.hf.reader import Reader


def solution(answer: Answer, request: Request, reader: Reader, most: int) -> Solution:
    """A sample as `hf/` would tell it. In: the tokens it was allowed."""
    record = answer.record
    if record.stop == "error":
        return record.solution(request.author, answer.seconds)
    ids, logprobs = said(record.data)
    ended = bool(ids) and ids[-1] in reader.ends
    tokens = ids[:-1] if ended else ids
    text, count = reader.decode(tokens), len(ids)
    at = min((found for found in map(text.find, request.sampling.stop) if found >= 0), default=None)
    if at is not None:
        text = text[:at]
        count = bisect_left(range(len(tokens)), at, key=lambda n: len(reader.decode(tokens[:n])))
    stops = ended or at is not None or len(ids) < most
    among = request.sampling.among
    return Solution(
        messages=(Message(role="assistant", text=text, author=request.author),),
        author=request.author,
        logprobs=tuple(float(value) for value in logprobs[:count] if value is not None),
        usage=Usage(prompt=record.prompt, completion=count, seconds=answer.seconds),
        stop="unparsable" if among and text not in among else "stop" if stops or among else "length",
    )


def chances(answer: Answer, read: int, length: int, model: str) -> tuple[float, ...]:
    """Log-probability of each token of a text after its prompt. In: tokens of the prompt, and of both.

    Raises: CapabilityError where the server tells none.
    """
    values = said(answer.record.data)[1][read:length]
    if len(values) != length - read or any(value is None for value in values):
        raise CapabilityError(f"{model} tells no log-probability of some tokens of a prompt; is it a vLLM server?")
    return tuple(float(value) for value in values if value is not None)


def likeliest(answer: Answer, read: int, length: int, k: int, reader: Reader, model: str) -> list[Mapping[str, float]]:
    """The k likeliest tokens at each place after a prompt, likeliest first; of two that look alike the likelier.

    Raises: CapabilityError where the server shows none.
    """
    places: Sequence[Mapping[int, float]] = tops(answer.record.data)[read:length]
    if len(places) != length - read or not all(places):
        raise CapabilityError(f"{model} does not show which tokens were likeliest; start it with --max-logprobs {k}")
    found = list[Mapping[str, float]]()
    for place in places:
        named = dict[str, float]()
        for token, value in sorted(place.items(), key=lambda pair: -pair[1])[:k]:
            named.setdefault(reader.token(token), value)
        found.append(named)
    return found
