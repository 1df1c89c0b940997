"""A pool of worker processes for heavy work: one thread each, gone when their parent is gone.

Workers are started as plain Python programs, not forked and not by `multiprocessing`: no state of
the parent leaks in, a caller's script needs no `__main__` guard, and their environment is theirs.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from queue import SimpleQueue
from typing import Any

from lamarck.core import LamarckError

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from {0} import serve; serve(int(sys.argv[1]))"
_WATCH_S = 0.5


class WorkerDied(LamarckError):
    """A worker process ended while it had work: killed, or out of memory."""


@dataclass(frozen=True, kw_only=True)
class _Call:
    future: Future[Any]
    fn: Callable[..., Any] | str
    args: tuple[Any, ...]

    @property
    def name(self) -> str:
        return _name(self.fn)


def _name(fn: Callable[..., Any] | str) -> str:
    return fn if isinstance(fn, str) else f"{fn.__module__}:{fn.__qualname__}"


class Processes:
    """Runs functions of importable modules in `workers` processes, in order of submission.

    The processes start with the first call; one that dies is replaced at the next. A thread a
    worker waits for its answer, so any number of threads may submit.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or _cores()
        self._work = SimpleQueue[_Call | None]()
        self._threads = list[threading.Thread]()
        self._at_work = set[_Worker]()
        self._lock = threading.Lock()
        self._closed = self._stopped = False

    def submit(self, fn: Callable[..., Any] | str, /, *args: Any) -> Future[Any]:
        """Out: the future of `fn(*args)`; it raises WorkerDied if the worker ends first.

        A function may be given as "module:name": then only the worker imports the module.
        """
        future = Future[Any]()
        with self._lock:
            if self._closed:
                raise LamarckError("the worker pool is closed; open a new one")
            if not self._threads:
                for number in range(self.workers):
                    thread = threading.Thread(target=self._tend, name=f"worker-{number}", daemon=True)
                    self._threads.append(thread)
                    thread.start()
            self._work.put(_Call(future=future, fn=fn, args=args))
        return future

    def close(self) -> None:
        """Finish what was submitted, then end the workers."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._work.put(None)
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """End the workers now; the calls under way and those that wait raise WorkerDied or are cancelled."""
        with self._lock:
            self._closed = self._stopped = True
            while not self._work.empty():
                if waiting := self._work.get():
                    waiting.future.cancel()
            for _ in self._threads:
                self._work.put(None)
            for worker in self._at_work:
                worker.kill()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # after an error, Ctrl-C too, nobody wants what is still being computed
        if kind is None:
            self.close()
        else:
            self.stop()

    def _tend(self) -> None:
        worker: _Worker | None = None
        while call := self._work.get():
            future = call.future
            if not future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._hire()
                worked, value = worker.call(call)
            except (EOFError, OSError):
                code = self._dismiss(worker)
                worker = None
                future.set_exception(WorkerDied(_death(call.name, code)))
            except BaseException as error:  # whatever it is, the caller's thread must see it
                future.set_exception(error)
            else:
                if worked:
                    future.set_result(value)
                else:
                    future.set_exception(value)
        self._dismiss(worker)

    def _hire(self) -> _Worker:
        with self._lock:
            if self._stopped:
                raise EOFError
            worker = _Worker()
            self._at_work.add(worker)
        return worker

    def _dismiss(self, worker: _Worker | None) -> int | None:
        if worker is None:
            return None
        with self._lock:
            self._at_work.discard(worker)
        return worker.close()


def _cores() -> int:
    """The cores this process may use, not those of the whole machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _death(name: str, code: int | None) -> str:
    how = f"by signal {signal.Signals(-code).name}" if code and code < 0 else f"with exit code {code}"
    hint = "; the system may be out of memory: use fewer workers" if code == -signal.SIGKILL else ""
    return f"a worker process ended {how} while it ran {name}{hint}"


class _Worker:
    """The parent's end of one process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START.format(__name__), str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # Read by the numerical libraries when they load, so it must be there before they are.
                env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            )
        self._link = Connection(ours.detach())

    def call(self, call: _Call) -> tuple[bool, Any]:
        self._link.send((call.fn, call.args))
        return self._link.recv()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> int:
        self._link.close()
        return self._process.wait()


def serve(descriptor: int) -> None:
    """The worker's life: answer calls until the parent closes the link or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    link = Connection(descriptor)
    while True:
        try:
            fn, args = link.recv()
        except (EOFError, ConnectionError):
            return
        except Exception as error:  # the call cannot be unpickled: the caller must hear why
            link.send((False, error))
            continue
        try:
            answer = (True, (resolve_name(fn) if isinstance(fn, str) else fn)(*args))
        except Exception as error:
            error.add_note(f"raised in a worker process by {_name(fn)}")
            answer = (False, error)
        try:
            link.send(answer)
        except ConnectionError:
            return
        except Exception as error:  # an answer or error that cannot be pickled
            link.send((False, LamarckError(f"{_name(fn)}: {answer[1]!r} cannot be sent back ({error})")))


def _watch(parent: int) -> None:
    """End this process soon after its parent, even in the middle of a long computation."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)
