"""One chain of operators over one batch: each unit goes its way through the chain, on whatever thread is free."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from lamarck.core import Batch, Context, Operator
from lamarck.executors.calls import Share, call, together
from lamarck.executors.crew import Crew
from lamarck.executors.units import coarsest, units

TOLD_EVERY_S = 0.1
"""Progress is told at most so often."""
PATIENCE_S = 10.0
"""How long an error waits for the calls under way."""


class Stage:
    """One unit at one operator: its calls, which any number of threads may take from."""

    def __init__(self, unit: int, at: int, groups: list[Batch]) -> None:
        self.unit, self.at, self.groups = unit, at, groups
        self.shares = list[Share | None]([None] * len(groups))
        self._lock = threading.Lock()
        self._taken = 0
        self._left = len(groups)

    def take(self) -> int | None:
        """The next call that nobody has taken."""
        with self._lock:
            index = self._taken
            self._taken += 1
        return index if index < len(self.groups) else None

    def put(self, index: int, share: Share) -> bool:
        """Hand in a call's share. Out: whether it was the last."""
        self.shares[index] = share
        with self._lock:
            self._left -= 1
            return self._left == 0


class Flow:
    """A batch on its way. No thread ever waits for another: who does a unit's last call goes on with it."""

    def __init__(self, chain: Sequence[tuple[str, Operator]], batch: Batch, ctx: Context) -> None:
        self._chain, self._ctx = chain, ctx
        self._units = units(batch, coarsest(operator for _, operator in chain))
        self._shares = [[Share() for _ in self._units] for _ in chain]
        self._lock, self._over = threading.Lock(), threading.Event()
        self._error: BaseException | None = None
        self._crew: Crew | None = None
        self._done = self._samples = self._kept = 0

    def gathered(self) -> Batch:
        """What came out at the end, in order of the units."""
        return [experience for share in self._shares[-1] for experience in share.batch]

    def alone(self) -> list[list[Share]]:
        """Do it all on this thread. Out: for each operator the shares of the units."""
        for number, unit in enumerate(self._units):
            self._go(number, 0, unit)
        return self._shares

    def together(self, threads: int) -> list[list[Share]]:
        """Do it on so many threads. Out: for each operator the shares of the units. Raises: what a call raised."""
        if not self._units:
            return self._shares
        self._crew = crew = Crew(threads)
        patience = 0.0
        try:
            for number, unit in enumerate(self._units):
                crew.add(partial(self._safe, partial(self._go, number, 0, unit)))
            while not self._over.wait(TOLD_EVERY_S):
                self._tell()
            if self._error:
                patience = PATIENCE_S
                raise self._error
            self._tell()
            return self._shares
        finally:
            self._over.set()
            crew.close(patience)

    def _go(self, number: int, at: int, batch: Batch) -> None:
        """Take a unit through the chain from an operator on, or as far as this thread does its last calls."""
        while at < len(self._chain):
            stage = Stage(number, at, units(batch, self._chain[at][1].scope))
            if self._crew:
                for _ in range(min(len(stage.groups) - 1, self._crew.idle)):
                    self._crew.add(partial(self._safe, partial(self._help, stage)))
            if stage.groups and not self._call(stage):
                return
            batch, at = self._close(stage), at + 1
        with self._lock:
            self._done += 1
            self._kept += len(batch)
            self._samples += max(max(s[number].into, len(s[number].batch)) for s in self._shares)
            if self._done == len(self._units):
                self._over.set()

    def _help(self, stage: Stage) -> None:
        if self._call(stage):
            self._go(stage.unit, stage.at + 1, self._close(stage))

    def _call(self, stage: Stage) -> bool:
        """Make calls until none is left to take. Out: whether this thread finished the last of them."""
        name, operator = self._chain[stage.at]
        ctx = self._ctx.within(name)
        while not self._over.is_set() and (index := stage.take()) is not None:
            if stage.put(index, call(name, operator, stage.groups[index], ctx)):
                return True
        return False

    def _close(self, stage: Stage) -> Batch:
        share = together(share for share in stage.shares if share)
        self._shares[stage.at][stage.unit] = share
        return share.batch

    def _safe(self, job: Callable[[], None]) -> None:
        if self._over.is_set():
            return
        try:
            job()
        except BaseException as error:  # the thread that runs the phase must see it
            with self._lock:
                self._error = self._error or error
            self._over.set()

    def _tell(self) -> None:
        where = (self._ctx.operator or self._chain[-1][0]).split(".")[0]
        counts = {"done": self._done, "total": len(self._units), "samples": self._samples, "kept": self._kept}
        self._ctx.store.event("progress", phase=where, **counts)
