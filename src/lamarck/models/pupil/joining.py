"""Many threads ask, their calls are joined into shards, worker processes answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

SHARD_ROWS = (256, 2048)
"""Fewest and most rows of a shard: below, workers idle over small batches; above, over large ones."""


class Pool(Protocol):
    """Where the work is done."""

    workers: int

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """Run the function of this name in a worker process."""
        ...


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing to work out; pieces of one function and equal settings may share a shard."""

    fn: str
    """The worker's function: (folder, digest, contents, *settings) -> a result for each content."""
    content: Any
    settings: tuple[Any, ...] = ()
    rows: int = 1
    """Of a batch that it will fill."""
    length: int = 0
    """Pieces of like length share a shard."""


@dataclass(kw_only=True)
class _Call:
    """One thread's pieces, waiting."""

    left: int
    results: list[Any]
    done: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class _Item:
    call: _Call
    place: int
    piece: Piece


class Joined:
    """The workers as many threads see them: each hands in its pieces and waits for its own results."""

    def __init__(self, pool: Pool, folder: str, digest: str) -> None:
        self._pool, self._model = pool, (folder, digest)
        self._lock = threading.Lock()
        self._waiting: list[_Item] = []
        self._running = 0

    def work(self, pieces: Sequence[Piece]) -> list[Any]:
        """Out: each piece's result, in order. Blocks. Raises: what a worker raised."""
        if not pieces:
            return []
        call = _Call(left=len(pieces), results=[None] * len(pieces))
        with self._lock:
            self._waiting += [_Item(call=call, place=at, piece=piece) for at, piece in enumerate(pieces)]
        self._dispatch()
        call.done.wait()
        if call.error is not None:
            raise call.error
        return call.results

    def _dispatch(self) -> None:
        """Hand out what waits, unless every worker is busy: then calls gather into larger shards."""
        with self._lock:
            if self._running >= self._pool.workers or not self._waiting:
                return
            shards = _shards(self._waiting, self._pool.workers)
            self._waiting = []
            self._running += len(shards)
        for shard in shards:
            first, contents = shard[0].piece, [item.piece.content for item in shard]
            future = self._pool.submit(first.fn, *self._model, contents, *first.settings)
            future.add_done_callback(lambda done, shard=shard: self._collect(shard, done))

    def _collect(self, shard: Sequence[_Item], done: Future[list[Any]]) -> None:
        error = done.exception()
        results: list[Any] = [None] * len(shard) if error else done.result()
        with self._lock:
            self._running -= 1
            for item, result in zip(shard, results, strict=True):
                item.call.results[item.place] = result
                item.call.error = item.call.error or error
                item.call.left -= 1
        for item in shard:
            if item.call.left == 0:
                item.call.done.set()
        self._dispatch()


def _shards(items: Sequence[_Item], workers: int) -> list[list[_Item]]:
    """Shards of one function and setting each, pieces of like length together."""
    ordered = sorted(items, key=lambda item: (_manner(item.piece), item.piece.length))
    rows = sum(item.piece.rows for item in items)
    least, most = SHARD_ROWS
    size = min(most, max(least, -(-rows // workers)))
    shards, room = list[list[_Item]](), 0
    for item in ordered:
        if room <= 0 or _manner(shards[-1][0].piece) != _manner(item.piece):
            shards.append([])
            room = size
        shards[-1].append(item)
        room -= item.piece.rows
    return shards


def _manner(piece: Piece) -> tuple[str, str]:
    return piece.fn, repr(piece.settings)
