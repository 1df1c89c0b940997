"""All calls of a run: one loop on a thread of its own, one journal, one budget; many threads wait here."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from lamarck.core import LamarckError, PausedRun, UsageError
from lamarck.models.budget import Budget, Cost
from lamarck.models.endpoint.asking import Ask
from lamarck.models.endpoint.expecting import Expected
from lamarck.models.endpoint.faults import Fault
from lamarck.models.endpoint.journal import Journal, Row
from lamarck.models.endpoint.reading import Record, guessed
from lamarck.models.endpoint.target import GivenUp, Target

T = TypeVar("T")
Failed = BaseException | None
POLL_S = 0.02
"""How often a call that the budget lets wait asks again."""
GAP = (10, 0.05)
"""Calls without an answer, and their share of all, above which a run does not go on."""
CURES = {"key": "with a key that it takes in the environment", "quota": "when the account is filled again"}
"""Kind of a fault that stays -> what must have changed before a run goes on."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call brought."""

    record: Record
    answered: str
    """The model that wrote it, as people type it."""
    seconds: float = 0.0


@dataclass(kw_only=True)
class Batch:
    """One thread's calls, waited for."""

    left: int
    results: list[Answer | None]
    done: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Caller:
    """Sends calls until each has its answer, is known to have none, or nobody answers at all."""

    def __init__(self, journal: Journal | None, budget: Budget, cache: Journal | None = None, resume: str = "") -> None:
        """In: where answers are recorded (None = nowhere), what may be spent, answers shared with other runs, and
        what to type to go on after a pause."""
        self.journal, self.budget, self._cache, self._resume = journal, budget, cache, resume
        self.expected = Expected()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._flying = dict[str, asyncio.Task[Answer]]()
        self._targets = set[Target]()
        self._answered = self._dead = 0
        self._committing = False
        self._safe, self._telling = deque[tuple[asyncio.Future[None], Failed]](), False
        self._began, self._told_at = time.monotonic(), 0.0

    def ask(self, asks: Sequence[Ask], route: Sequence[Target]) -> list[Answer]:
        """The answers, in order. Blocks. In: endpoints in the order they are tried.

        Out: also calls to which no answer came, with stop "error". Raises: PausedRun where no endpoint answers, the
        budget is spent or the disk is full; UsageError where an endpoint has no such model or takes no such call.
        """
        return self.wait([self.begin(asks, route)])

    def begin(self, asks: Sequence[Ask], route: Sequence[Target]) -> Batch:
        """Have calls sent, those that are not recorded. Out: what :meth:`wait` waits for."""
        kept = self._recorded(asks)
        results = [kept.get(ask.key) for ask in asks]
        wanted = [(at, asks[at]) for at, found in enumerate(results) if found is None]
        batch = Batch(left=len(wanted), results=results)
        if wanted:
            self.loop.call_soon_threadsafe(self._start, batch, wanted, route)
        return batch

    def wait(self, batches: Sequence[Batch]) -> list[Answer]:
        """The answers of all of them, in order. Blocks. Raises: as :meth:`ask`."""
        for batch in batches:
            if batch.left:
                batch.done.wait()
            if batch.error:
                raise batch.error
        return [answer for batch in batches for answer in batch.results if answer]

    def adopt(self, target: Target) -> Target:
        """An endpoint whose connections end with this."""
        self._targets.add(target)
        return target

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine on the loop's thread gives. Blocks."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, its thread started when first needed."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="endpoints", daemon=True).start()
            return self._loop

    def close(self) -> None:
        """End what is under way, write what is known, let go. A second call does nothing."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            while loop.is_running():
                time.sleep(0.001)
            loop.close()
        for kept in (self.journal, self._cache):
            if kept:
                kept.elapsed(time.monotonic() - self._began)
                kept.close()

    # --- on the callers' threads ---

    def _recorded(self, asks: Sequence[Ask]) -> dict[str, Answer]:
        """Answers that this run has recorded, or another that shares its answers; those are recorded here too."""
        keys = [ask.key for ask in asks]
        rows = self.journal.find(keys) if self.journal else {}
        if self._cache:
            shared = self._cache.find([key for key in keys if key not in rows])
            for ask in asks if self.journal else ():
                if self.journal and ask.key in shared and ask.key not in rows:
                    self.journal.begin(ask.key, ask.model, ask.name, ask.seed, ask.sample, sends=0)
                    self.journal.done(ask.key, shared[ask.key], "", 0.0)
            if self.journal:
                self.journal.commit()
            rows |= shared
        return {
            key: Answer(record=Record.load(row.body), answered=row.answered, seconds=row.seconds)
            for key, row in rows.items()
        }

    # --- on the loop's thread ---

    def _start(self, batch: Batch, wanted: Sequence[tuple[int, Ask]], route: Sequence[Target]) -> None:
        for at, ask in wanted:
            task = self._flying.get(ask.key)
            if task is None:
                task = asyncio.get_running_loop().create_task(self._until_answered(ask, route))
                self._flying[ask.key] = task
                task.add_done_callback(lambda _, key=ask.key: self._flying.pop(key, None))
            task.add_done_callback(lambda done, at=at: self._collect(batch, at, done))

    def _collect(self, batch: Batch, at: int, done: asyncio.Task[Answer]) -> None:
        error = PausedRun("stopped while calls were under way") if done.cancelled() else done.exception()
        if error:
            batch.error = batch.error or error
            batch.done.set()
            return
        batch.results[at] = done.result()
        batch.left -= 1
        if not batch.left:
            batch.done.set()

    async def _until_answered(self, ask: Ask, route: Sequence[Target]) -> Answer:
        """Send a call again and again, here or there, until it has an answer or it is known that it gets none."""
        tries = waits = 0
        while True:
            target = self._target(route)
            try:
                await target.slots.take(self.expected.time(ask))
            except GivenUp:
                continue
            try:
                if not target.usable(asyncio.get_running_loop().time()):
                    continue
                answer, flushed = await self._sent(ask, target)
            except Fault as fault:
                tries, waits = tries + (fault.kind != "busy"), waits + 1
                if not fault.again or tries >= target.options.tries:
                    if target.fatal is None and await self._is_to_blame(ask, target, fault):
                        return await self._without(ask, target, fault)
                    tries = waits = 0
                    continue
            else:
                break
            finally:
                target.slots.give()
            await asyncio.sleep(_wait(waits, target))
        await flushed
        return answer

    async def _sent(self, ask: Ask, target: Target) -> tuple[Answer, asyncio.Future[None]]:
        """One sending that is answered; what it costs is held before and settled after.

        Out: the answer, recorded so that it outlives this process, and what is done once it is on the disk.
        Raises: Fault.
        """
        loop = asyncio.get_running_loop()
        prompt, completion = self.expected.size(ask)
        held = Cost(usd=_usd(target, prompt, completion), tokens=prompt + completion)
        while not self.budget.reserve(held):
            await asyncio.sleep(POLL_S)
        sent, cohort, spent = loop.time(), target.slots.pace.sent(), Cost()
        try:
            if self.journal:
                self.journal.begin(ask.key, ask.model, ask.name, ask.seed, ask.sample)
                self._commit_soon()
            record, body = _hidden(await target.send(ask), target)
            seconds = loop.time() - sent
            spent = Cost(usd=_usd(target, record.prompt, record.completion), tokens=record.prompt + record.completion)
            target.answered(cohort, seconds)
            self.expected.saw(ask, record, seconds)
            row = Row(
                body=body, answered=target.name, seconds=seconds, prompt=record.prompt, completion=record.completion
            )
            flushed = await self._record(ask, target, row, spent.usd)
        except Fault as fault:
            billed = guessed(ask.size) + fault.tokens if fault.tokens else 0
            spent = Cost(usd=_usd(target, billed - fault.tokens, fault.tokens), tokens=billed)
            wait_s = min(max(fault.after_s or 0.0, 0.0), target.options.longest_s)
            target.failed(fault, cohort, sent, wait_s)
            if self.journal:
                self.journal.fault(ask.key, target.address.host, fault.kind, fault.detail, billed, spent.usd)
                self._commit_soon()
            raise
        finally:
            self.budget.settle(held, spent)
        self._answered += 1
        return Answer(record=record, answered=target.name, seconds=seconds), flushed

    async def _record(
        self, ask: Ask, target: Target, row: Row, usd: float, *, state: str = "done"
    ) -> asyncio.Future[None]:
        """Return once the answer outlives this process: until then the call is in flight."""
        loop = asyncio.get_running_loop()
        written, flushed = loop.create_future(), loop.create_future()
        if self._cache and state == "done":
            self._cache.begin(ask.key, ask.model, ask.name, ask.seed, ask.sample)
            self._cache.done(ask.key, row, target.address.host, usd)
            self._commit_soon()
        if not self.journal:
            flushed.set_result(None)
            return flushed
        there, safe = partial(_set, written), partial(self._flushed, loop, flushed)
        self.journal.done(ask.key, row, target.address.host, usd, there, safe, state=state)
        self._commit_soon()
        if loop.time() > self._told_at + 5:
            self._told_at = loop.time()
            self.journal.elapsed(time.monotonic() - self._began)
        try:
            await written
        except LamarckError:
            flushed.cancel()
            raise
        return flushed

    def _flushed(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[None], error: Failed) -> None:
        """From the journal's thread: an answer is on the disk, or cannot get there. The loop is woken once for all."""
        self._safe.append((future, error))
        if not self._telling and not loop.is_closed():
            self._telling = True
            loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._telling = False  # first: whatever is added from here on wakes the loop again
        while self._safe:
            _set(*self._safe.popleft())

    def _commit_soon(self) -> None:
        """Write all that this turn of the loop brings, together."""
        if not self._committing:
            self._committing = True
            asyncio.get_running_loop().call_soon(self._commit)

    def _commit(self) -> None:
        self._committing = False
        if self.journal:
            self.journal.commit()
        if self._cache:  # another process may hold it
            asyncio.get_running_loop().run_in_executor(None, self._cache.commit)

    async def _without(self, ask: Ask, target: Target, fault: Fault) -> Answer:
        """A call that nobody answers, where others are: counted, and asked again should the run be resumed.

        Raises: PausedRun where there are too many of them.
        """
        self._dead += 1
        least, share = GAP
        if self._dead > max(least, share * (self._answered + self._dead)):
            raise self._paused(
                f"{self._dead} of {self._answered + self._dead} calls got no answer; the last: {fault.detail}"
            )
        record = Record(stop="error", why=fault.detail)
        row = Row(body=record.dump(), answered=target.name, seconds=0.0, prompt=0, completion=0)
        await (await self._record(ask, target, row, 0.0, state="dead"))
        return Answer(record=record, answered=target.name)

    async def _is_to_blame(self, ask: Ask, target: Target, fault: Fault) -> bool:
        """Whether it is this call that cannot be answered, not the endpoint that answers none.

        Where nobody was answered lately, the endpoint is asked next to nothing. Raises: UsageError where it takes
        not even that.
        """
        if len(target.breaker.last) > target.breaker.failures:
            return True
        try:
            await target.send(ask.canary())
        except Fault as again:
            target.failed(again, -1, asyncio.get_running_loop().time(), 0.0)
            if again.kind == "bad":
                raise UsageError(
                    f"{target.name} at {target.address.host} does not take such a call: {again.detail}"
                ) from None
            target.give_up()
            return False
        target.alive()
        return True

    def _target(self, route: Sequence[Target]) -> Target:
        """The first endpoint that is usable. Raises: PausedRun, UsageError where none is."""
        now = asyncio.get_running_loop().time()
        found = next((target for target in route if target.usable(now)), None)
        if found:
            return found
        if all(target.fatal and target.fatal.kind == "missing" for target in route):
            cure = "lamarck doctor --model NAME --base-url URL says what is there"
            raise UsageError(f"{'; '.join(target.told() for target in route)}; {cure}")
        fatal = {target.fatal.kind for target in route if target.fatal}
        when = next((CURES[kind] for kind in CURES if kind in fatal), "when it answers again")
        raise self._paused("; ".join(target.told() for target in route), when)

    def _paused(self, why: str, when: str = "when it answers again") -> PausedRun:
        cure = f"{when}, type: lamarck resume {self._resume}" if self._resume else f"{when}, try again"
        return PausedRun(f"{why}; nothing recorded is lost; {cure}")

    async def _end(self) -> None:
        for task in list(self._flying.values()):
            task.cancel()
        await asyncio.gather(*self._flying.values(), return_exceptions=True)
        for target in self._targets:
            await target.transport.close()


def _wait(waits: int, target: Target) -> float:
    """Exponential backoff with full jitter. Source: Brooker 2015, "Exponential Backoff And Jitter", AWS blog."""
    return random.uniform(0.0, min(target.options.longest_s, target.options.base_s * 2 ** min(waits - 1, 16)))


def _hidden(record: Record, target: Target) -> tuple[Record, str]:
    """The record, and as it is written; without the key, should the server have repeated it."""
    body = record.dump()
    hidden = target.key.hide(body.encode()).decode()
    return (record, body) if hidden == body else (replace(Record.load(hidden), counted=record.counted), hidden)


def _usd(target: Target, prompt: float, completion: float) -> float:
    return target.price.of(prompt, completion) if target.price else 0.0


def _set(future: asyncio.Future[None], error: Failed) -> None:
    """On the loop's thread: an answer is written, or cannot be."""
    if not future.done():
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)
