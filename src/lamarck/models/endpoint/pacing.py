"""How many calls an endpoint gets at once: more while its answers keep their time, fewer when it is overloaded."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from dataclasses import dataclass, field

COHORT = 64
"""Calls sent one after the other, whose mean time is compared once all of them are back. (The first answers to come
are the short ones: a mean over those would call everything after them slow.)"""
HOLDS, SLOW = 1.5, 3.0
"""Times the best mean: up to which latency holds, and from which the endpoint is overloaded."""
CUT, EASE = 0.7, 0.9
"""What is left of the limit after a refusal, and after a window that was slow."""
DRIFT = 1.02
"""The best mean is forgotten at this pace, for endpoints whose load is not only ours."""


@dataclass(kw_only=True)
class Pace:
    """The limit of calls in flight. No clock of its own: told what happened and when."""

    most: int
    limit: float = field(init=False)
    until: float = 0.0
    """No call is sent before this time of the loop's clock."""

    def __post_init__(self) -> None:
        # what is left are places for the first answers to fill, which the short calls bring at once
        self.limit = max(1.0, 0.75 * self.most)
        self._rising, self._steady, self._best, self._cut_at = True, True, 0.0, 0.0
        self._sent = 0
        self._cohorts = dict[int, tuple[float, int, int]]()

    def sent(self) -> int:
        """A call goes out. Out: its cohort, to be told with what became of it."""
        self._sent += 1
        return (self._sent - 1) // COHORT

    def answered(self, cohort: int, seconds: float) -> None:
        """An answer came, in its time."""
        if self._rising or self._steady:
            # doubled within half a turn of all places at first; after a cut a sixteenth of the most is added a turn
            step = 2.0 if self._rising else max(1.0, self.most / 16) / self.limit
            self.limit = min(self.most, self.limit + step)
        self._back(cohort, math.log(max(seconds, 1e-6)), 1)

    def failed(self, cohort: int) -> None:
        """None came; how long that took says nothing."""
        self._back(cohort, 0.0, 0)

    def _back(self, cohort: int, logarithm: float, answers: int) -> None:
        total, count, back = self._cohorts.pop(cohort, (0.0, 0, 0))
        total, count, back = total + logarithm, count + answers, back + 1
        if back < COHORT:
            self._cohorts[cohort] = (total, count, back)
        elif count >= COHORT / 2:
            self._compare(math.exp(total / count))

    def _compare(self, mean: float) -> None:
        """Geometric means: times of answers spread over orders of magnitude."""
        self._best = min(mean, self._best * DRIFT) if self._best else mean
        self._steady = mean <= HOLDS * self._best
        self._rising = self._rising and self._steady
        if mean > SLOW * self._best:
            self.limit = max(1.0, self.limit * EASE)

    def refused(self, now: float, sent: float, wait_s: float) -> None:
        """The endpoint asked for patience: nobody sends for so long, and fewer do from then on.

        Refusals of calls sent before the last cut say nothing new: a burst cuts once.
        """
        self.until = max(self.until, now + wait_s)
        if sent >= self._cut_at:
            self.limit, self._rising, self._cut_at = max(1.0, self.limit * CUT), False, now


class Slots:
    """Places in flight at one endpoint; who waits gets one in order of what it is expected to take, longest first."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.busy = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    async def take(self, expected: float = 0.0) -> None:
        """Wait for a place."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._free(loop.time()):
            self.busy += 1
            return
        mine = loop.create_future()
        heapq.heappush(self._waiting, (-expected, next(self._numbers), mine))
        self._admit()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Hand a place back."""
        self.busy -= 1
        self._admit()

    def wake(self, fault: BaseException) -> None:
        """Nobody waits any longer: the endpoint is given up."""
        waiting, self._waiting = self._waiting, []
        for _, _, future in waiting:
            if not future.done():
                future.set_exception(fault)

    def _free(self, now: float) -> bool:
        return now >= self.pace.until and self.busy < int(self.pace.limit)

    def _admit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and self._free(loop.time()):
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                self.busy += 1
                future.set_result(None)
        if self._waiting and loop.time() < self.pace.until and self._alarm is None:
            self._alarm = loop.call_at(self.pace.until, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._admit()
