"""A bounded crew of threads that do jobs in the order they come in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]
_here = threading.local()


class Crew:
    """At most ``size`` threads, started as they are needed. They end with the program, whatever they wait for."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs = SimpleQueue[Job | None]()
        self._threads = list[threading.Thread]()
        self._lock = threading.Lock()
        self._load = 0
        self._closed = False

    @staticmethod
    def here() -> bool:
        """Whether the calling thread belongs to a crew."""
        return getattr(_here, "works", False)

    @property
    def idle(self) -> int:
        """How many more jobs would start at once."""
        return max(self._size - self._load, 0)

    def add(self, job: Job) -> None:
        """Have a job done, unless the crew is closed. It must not raise."""
        with self._lock:
            if self._closed:  # a helper that comes after the work is done
                return
            self._load += 1
            if self._load > len(self._threads) < self._size:
                # daemons: Ctrl-C must not wait for a model's answer
                thread = threading.Thread(target=self._work, name=f"crew-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._jobs.put(job)

    def close(self, wait_s: float = 0.0) -> None:
        """Send the threads home once the jobs that are there are done; wait for them so long."""
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + wait_s
        for thread in self._threads if wait_s else ():
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _work(self) -> None:
        _here.works = True
        while job := self._jobs.get():
            job()
            with self._lock:
                self._load -= 1
