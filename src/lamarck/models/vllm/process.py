"""One server process: started behind its keeper, ended by its own id, with all that it started itself."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lamarck.core import UsageError
from lamarck.models.vllm import keeper
from lamarck.models.vllm.command import HOST

GRACE_S = keeper.GRACE_S
LATER_S = 5.0
"""That the keeper may take beyond that."""


class Process:
    """A command in a process group of its own; everything it prints goes to a log."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], log: Path, grace_s: float = GRACE_S
    ) -> None:
        """Start it. In: the log, which is written on where it is there already; what it may take to end."""
        self.log, self._grace_s = log, grace_s
        kept = [sys.executable, "-I", str(Path(keeper.__file__).absolute()), str(os.getpid()), f"{grace_s:g}", *words]
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            self._keeper = subprocess.Popen(
                kept, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(environment), start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Of the group that holds all of it."""
        return self._keeper.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._keeper.returncode is None and not self._ended()

    def stop(self) -> int:
        """End it and all that it started. Out: its exit code. A second call does nothing."""
        if self._keeper.returncode is not None:
            return self._keeper.returncode
        if not self._ended():
            self._keeper.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._wait(self._grace_s + LATER_S)
        # while the keeper is not collected, its number belongs to nobody else
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._keeper.pid, signal.SIGKILL)
        return self._keeper.wait()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ended():
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(self._keeper.args, seconds)
            time.sleep(0.05)

    def _ended(self) -> bool:
        """Whether the keeper has ended; it is not collected by asking, where the system can tell so."""
        if hasattr(os, "waitid"):
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._keeper.pid, how) is not None
        return self._keeper.poll() is not None


def free(port: int) -> int:
    """The port, or any that is free for 0. Raises: UsageError where something listens there."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as error:
            cure = "end it, or give --vllm port=0 for a port that is free"
            raise UsageError(f"port {port} of {HOST} is taken by another program ({error.strerror}); {cure}") from None
        return int(door.getsockname()[1])
