"""Many threads ask, one thread computes: it keeps few models in memory and lets the samples of a model meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lamarck.core import LamarckError
from lamarck.models.hf.batch import Batch
from lamarck.models.hf.engine import Engine, Options
from lamarck.models.hf.reader import Reader
from lamarck.models.hf.rows import Row, advance

REFILL = 4
"""New samples join once this part of the batch is free: reading one prompt at a time would hold up the others."""


class OutOfMemory(LamarckError):
    """Not even one sample fits."""


@dataclass(frozen=True)
class Seat:
    """Who answers: a base and the adapters it wears."""

    digest: str
    """Of the base."""
    folder: Path
    reader: Reader = field(compare=False)
    adapters: tuple[Path, ...] = ()


@dataclass(kw_only=True, eq=False)
class _Job:
    """What a thread waits for: samples, or a function of the engine."""

    seat: Seat | None
    rows: Sequence[Row] = ()
    run: Callable[[Engine], Any] | None = None
    result: Any = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, error: BaseException | None = None) -> None:
        self.error = error
        self.done.set()


class Desk:
    """The thread that computes ends when there is nothing to do, and begins again."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._engines: dict[str, Engine] = {}
        self._lock = threading.Lock()
        self._jobs: list[_Job] = []
        self._busy = False

    def draw(self, seat: Seat, rows: Sequence[Row]) -> None:
        """Sample these rows to their ends. Blocks. Raises: what loading or computing raised."""
        if rows:
            self._wait(_Job(seat=seat, rows=rows))

    def run(self, seat: Seat, function: Callable[[Engine], Any]) -> Any:
        """What a function makes of the engine, in the thread that computes. Blocks."""
        return self._wait(_Job(seat=seat, run=function))

    def release(self) -> None:
        """Give back all memory of models once what was asked is answered. The next request loads again. Blocks."""
        self._wait(_Job(seat=None))

    @property
    def loaded(self) -> int:
        """Whole models in memory."""
        return len(self._engines)

    def _wait(self, job: _Job) -> Any:
        with self._lock:
            self._jobs.append(job)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._serve, name="hf", daemon=True).start()
        job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._busy = False
                    return
                seat = self._jobs[0].seat
                jobs = [self._jobs.pop(0)] if seat is None else []
            if seat is None:
                self._drop(len(self._engines))
                jobs[0].finish()
                continue
            try:
                self._sit(seat)
            except BaseException as error:  # whatever it is, the callers' threads must see it
                for job in self._take(seat):
                    job.finish(error)

    def _sit(self, seat: Seat) -> None:
        """Answer all that is asked of one seat."""
        engine = self._engine(seat)
        engine.wear(seat.adapters)
        with torch.inference_mode():
            _Sitting(engine, lambda first: self._take(seat, first)).through()

    def _take(self, seat: Seat, first: bool = True) -> list[_Job]:
        """The jobs of a seat; those that come later only while nobody else waits."""
        with self._lock:
            mine = [job for job in self._jobs if job.seat == seat]
            if not mine or (not first and len(mine) < len(self._jobs)):
                return []
            self._jobs = [job for job in self._jobs if job.seat != seat]
            return mine

    def _engine(self, seat: Seat) -> Engine:
        """The seat's engine; where there are too many, those longest unused go."""
        if seat.digest in self._engines:
            self._engines[seat.digest] = self._engines.pop(seat.digest)
            return self._engines[seat.digest]
        self._drop(len(self._engines) - self._options.loaded + 1)
        try:
            made = Engine(seat.folder, seat.reader, self._options)
        except torch.cuda.OutOfMemoryError:
            self._drop(len(self._engines))
            made = Engine(seat.folder, seat.reader, self._options)
        self._engines[seat.digest] = made
        return made

    def _drop(self, n: int) -> None:
        for digest in list(self._engines)[: max(0, n)]:
            self._engines.pop(digest).close()


class _Sitting:
    """One engine at work until nothing is asked of it."""

    def __init__(self, engine: Engine, take: Callable[[bool], list[_Job]]) -> None:
        self._engine, self._take = engine, take
        self._batch: Batch = engine.batch()
        self._waiting: list[Row] = []
        self._jobs: list[_Job] = []

    def through(self) -> None:
        """Until all are answered. What goes wrong is told to all that are being served."""
        try:
            first = True
            while True:
                self._hear(self._take(first))
                first = False
                if not self._waiting and not self._batch.rows:
                    return
                try:
                    self._turn()
                except torch.cuda.OutOfMemoryError as error:
                    self._shrink(error)
                self._tell()
        except BaseException as error:
            for job in self._jobs:
                job.finish(error)

    def _hear(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            if job.run is not None:
                self._work(job, job.run)
            else:
                self._jobs.append(job)
                self._waiting += [row for row in job.rows if not row.done]
        if jobs:
            # like lengths side by side, the longest first; samples of one prompt together
            self._waiting.sort(key=lambda row: (-row.length, row.ids))
            self._tell()

    def _work(self, job: _Job, run: Callable[[Engine], Any]) -> None:
        try:
            while True:
                try:
                    job.result = run(self._engine)
                    job.finish()
                    return
                except torch.cuda.OutOfMemoryError:
                    if not self._engine.smaller():
                        raise
        except BaseException as error:
            job.finish(error)

    def _turn(self) -> None:
        """Let rows in where there is room, else a step of all that are in."""
        joining = self._joining()
        batch = self._batch
        if joining:
            taken = set(map(id, joining))
            self._waiting = [row for row in self._waiting if id(row) not in taken]
            try:
                logits = batch.join(joining, self._engine.read)
            except BaseException:
                self._waiting = [*joining, *self._waiting]
                raise
            advance(joining, logits)
        else:
            advance(batch.rows, batch.step())
        batch.leave([at for at, row in enumerate(batch.rows) if row.done])

    def _joining(self) -> list[Row]:
        if self._waiting and not self._batch.rows:
            self._batch = self._engine.batch(pictured=bool(self._waiting[0].inputs))
        able = self._batch.takes(self._waiting)
        fits = able[: self._engine.fitting(self._batch, able)]
        enough = len(fits) == len(able) or len(fits) * REFILL >= self._engine.rows
        return fits if enough or not self._batch.rows else []

    def _shrink(self, error: BaseException) -> None:
        """Begin again with half as many; what was said so far stays."""
        again = [row for row in self._batch.rows if not row.done and row not in self._waiting]
        self._batch = self._engine.batch()
        self._waiting = [*again, *self._waiting]
        if not self._engine.smaller():
            raise OutOfMemory(
                "the device has no memory left for a single sample; take a smaller model, shorter prompts, or: "
                'providers={"hf": {"device": "cpu"}}'
            ) from error

    def _tell(self) -> None:
        for job in [job for job in self._jobs if all(row.done for row in job.rows)]:
            self._jobs.remove(job)
            job.finish()
