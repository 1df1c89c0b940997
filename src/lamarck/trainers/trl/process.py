"""The main process's end of training: one process, or several that train together, alive over all rounds."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from lamarck.core import Scoring
from lamarck.trainers.fitted import Fitted
from lamarck.trainers.trl.exchange import Asked, Order, TrainingFailed
from lamarck.trainers.trl.launching import Launch
from lamarck.trainers.trl.serve import LINKS, out_of_memory

START_S = 300.0
"""That the processes may take to report."""
LOGGED = 2000
"""Characters of what a process printed that an error may quote."""


class Training:
    """Starts with the first order and ends with `close`. Orders of several threads wait for each other."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: subprocess.Popen[bytes] | None = None
        self._links = list[Connection]()
        self._lives = list[Connection]()
        self._log: Any = None
        """What the processes print; without a name, so it goes with them."""
        self._lock = threading.Lock()

    def run(self, order: Order, score: Scoring, /) -> Fitted:
        """Train as ordered, answering what the processes ask. Raises: TrainingFailed, and what `score` raises."""
        with self._lock:
            try:
                if self._process is None:
                    self._start()
                said = self._follow(order, score)
                if isinstance(said, BaseException) and self._launch.processes > 1:
                    self._stop()
            except (EOFError, OSError):
                raise self._ended(order) from None
            except BaseException:
                self._stop()  # some process may still wait for an answer, or for another process
                raise
            if isinstance(said, BaseException):
                raise said
            return said

    def close(self) -> None:
        """End the processes now; what they were doing can be gone on with."""
        with self._lock:
            self._stop()

    def _follow(self, order: Order, score: Scoring) -> Fitted | BaseException:
        """What came of the order, in the first process or in the first that failed."""
        for link in self._links:
            link.send(order)
        fitted, waiting = None, list(self._links)
        while waiting:
            for link in wait(waiting):
                said: Any = link.recv() if isinstance(link, Connection) else None
                if isinstance(said, Asked):
                    link.send(list(score(said.samples)))  # type: ignore[union-attr]
                    continue
                if isinstance(said, BaseException):
                    return said
                fitted = said or fitted
                waiting.remove(link)  # type: ignore[arg-type]
        return fitted or TrainingFailed("training ended without a model")

    def _start(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - read when the processes have ended
        with tempfile.TemporaryDirectory(prefix="lamarck-") as home, socket.socket(socket.AF_UNIX) as door:
            address = str(Path(home) / "link")
            door.bind(address)
            door.listen(LINKS * self._launch.processes)
            self._process = subprocess.Popen(
                [*self._launch.command, "-m", "lamarck.trainers.trl.serve", address],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                # Ctrl-C is the main process's to handle; the group is ended as one
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **self._launch.environment},
            )
            door.settimeout(1.0)
            met, deadline = dict[tuple[str, int], Connection](), time.monotonic() + START_S
            while len(met) < LINKS * self._launch.processes:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise EOFError
                with contextlib.suppress(TimeoutError):
                    link = Connection(door.accept()[0].detach())
                    met[link.recv()] = link
        self._links = [link for (name, _), link in sorted(met.items()) if name == "work"]
        self._lives = [link for (name, _), link in met.items() if name == "life"]

    def _ended(self, order: Order) -> TrainingFailed:
        """Why there is nobody to hear from."""
        code = self._process.wait() if self._process and self._process.poll() is not None else None
        said = self._said()
        code = self._stop() if code is None else code
        if code == -signal.SIGKILL:
            return out_of_memory(order)
        how = f"by signal {signal.Signals(-code).name}" if code and code < 0 else f"with exit code {code}"
        self._stop()
        return TrainingFailed(f"the training process ended {how}{f': …{said}' if said else ''}")

    def _said(self) -> str:
        """The end of what the processes printed."""
        if self._log is None:
            return ""
        self._log.seek(0)
        return str(self._log.read().decode(errors="replace"))[-LOGGED:].strip()

    def _stop(self) -> int | None:
        for link in (*self._links, *self._lives):
            link.close()
        self._links, self._lives = [], []
        process, self._process = self._process, None
        code = None
        if process is not None:
            try:
                code = process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                code = process.wait()
            self._log.close()
            self._log = None
        return code


def no_scores(samples: Sequence[tuple[int, str]]) -> Sequence[float]:
    """For losses that sample nothing."""
    raise TrainingFailed(f"training asked for the scores of {len(samples):,} samples, but nothing scores them")
