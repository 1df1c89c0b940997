"""The provider: many threads ask, their calls are joined, worker processes answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from lamarck.core import (
    CapabilityError,
    Message,
    ModelRef,
    Prompt,
    Request,
    Sampling,
    Solution,
    Usage,
)
from lamarck.models.pupil import files, tokenizer
from lamarck.models.pupil.draws import Draw, Drawn, Manner

ANSWER = "lamarck.models.pupil.worker:answer"
"""Called in a worker process by name: importing it here would import torch."""
SHARD_ROWS = (256, 2048)
"""Fewest and most rows of a shard: below, workers idle over small batches; above, over large ones."""


class Pool(Protocol):
    """Where the work is done."""

    workers: int

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run the function of this name in a worker process."""
        ...


@dataclass(kw_only=True)
class _Call:
    """One thread's requests, waiting."""

    left: int
    answers: list[list[Drawn]]
    done: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class _Item:
    call: _Call
    place: int
    draw: Draw
    manner: Manner


class Pupil:
    """A small model with a format of its own, on the CPU. Every sample depends on its seed alone."""

    capabilities = frozenset({"generate", "n", "logprobs", "train"})

    def __init__(self, model: ModelRef, pool: Pool) -> None:
        self.name = model.name
        self._folder = files.locate(model)
        self._digest = model.digest
        self._prompts = files.read(self._folder, "prompts.json")
        self._longest = int(files.read(self._folder, "generation_config.json")["max_new_tokens"])
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: list[_Item] = []
        self._running = 0

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt in the pupil's own format. Raises: CapabilityError for a name it lacks."""
        return (Message(role="user", text=files.render(self.name, self._prompts, prompt.name, prompt.fields)),)

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks.

        A prompt with a character the pupil cannot read gives empty solutions that stopped by "error".
        """
        call = _Call(left=0, answers=[[] for _ in requests])
        items = list[_Item]()
        for place, request in enumerate(requests):
            if request.system:
                raise CapabilityError(f"{self.name} reads no system prompt; leave the learner's prompt empty")
            try:
                ids = tuple(tokenizer.encode(self.render(request.prompt)[0].text))
            except tokenizer.UnknownCharacter:
                continue
            if request.seeds:
                draw = Draw(ids=ids, seeds=request.seeds)
                items.append(_Item(call=call, place=place, draw=draw, manner=self._manner(request.sampling)))
        if items:
            call.left = len(items)
            with self._lock:
                self._waiting += items
            self._dispatch()
            call.done.wait()
        if call.error is not None:
            raise call.error
        read = {item.place: len(item.draw.ids) for item in items}
        return [
            [_solution(drawn, request, read[place]) for drawn in call.answers[place]]
            if place in read
            else [_unread(request) for _ in request.seeds]
            for place, request in enumerate(requests)
        ]

    def _manner(self, sampling: Sampling) -> Manner:
        return Manner(
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens or self._longest,
        )

    def _dispatch(self) -> None:
        """Hand out what waits, unless every worker is busy: then calls gather into larger shards."""
        with self._lock:
            if self._running >= self._pool.workers or not self._waiting:
                return
            shards = _shards(self._waiting, self._pool.workers)
            self._waiting = []
            self._running += len(shards)
        for shard in shards:
            draws = [item.draw for item in shard]
            future = self._pool.submit(ANSWER, str(self._folder), self._digest, draws, shard[0].manner)
            future.add_done_callback(lambda done, shard=shard: self._collect(shard, done))

    def _collect(self, shard: Sequence[_Item], done: Future[list[list[Drawn]]]) -> None:
        error = done.exception()
        answers: list[list[Drawn]] = [[]] * len(shard) if error else done.result()
        with self._lock:
            self._running -= 1
            for item, drawn in zip(shard, answers, strict=True):
                item.call.answers[item.place] = drawn
                item.call.error = item.call.error or error
                item.call.left -= 1
        for item in shard:
            if item.call.left == 0:
                item.call.done.set()
        self._dispatch()


def _shards(items: Sequence[_Item], workers: int) -> list[list[_Item]]:
    """Shards of one manner each, prompts of like length together, whole requests."""
    ordered = sorted(items, key=lambda item: (repr(item.manner), len(item.draw.ids)))
    rows = sum(len(item.draw.seeds) for item in items)
    least, most = SHARD_ROWS
    size = min(most, max(least, -(-rows // workers)))
    shards, room = list[list[_Item]](), 0
    for item in ordered:
        if room <= 0 or shards[-1][0].manner != item.manner:
            shards.append([])
            room = size
        shards[-1].append(item)
        room -= len(item.draw.seeds)
    return shards


def _solution(drawn: Drawn, request: Request, read: int) -> Solution:
    text, tokens = tokenizer.decode(drawn.tokens), len(drawn.logprobs)
    at = min((found for found in map(text.find, request.sampling.stop) if found >= 0), default=None)
    if at is not None:
        text = text[:at]
        tokens = len(tokenizer.encode(text))
    return Solution(
        messages=(Message(role="assistant", text=text, author=request.author),),
        author=request.author,
        logprobs=drawn.logprobs[:tokens],
        usage=Usage(prompt=read, completion=tokens),
        stop="stop" if at is not None else drawn.stop,
    )


def _unread(request: Request) -> Solution:
    return Solution(
        messages=(Message(role="assistant", text="", author=request.author),), author=request.author, stop="error"
    )
