"""One process holds a run: the kernel's own lock on the file ``lock``, gone when the process is."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path

from lamarck.core import HeldRun, UsageError


class Lock:
    """A held run. Raises: HeldRun with the holder's process id where another has it."""

    def __init__(self, root: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor: int | None = os.open(root / "lock", flags, 0o600)
        except OSError as error:
            raise UsageError(f"{root / 'lock'} cannot be opened ({error.strerror}); type: rm {root / 'lock'}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            self.close()
            cure = f"wait for it or stop it: kill {holder}" if holder.isdecimal() else "wait for it"
            raise HeldRun(f"{root} is held by process {holder or 'unknown'}; {cure}") from None
        _held.add(self)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Let go. A second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_held: weakref.WeakSet[Lock] = weakref.WeakSet()


def _let_go() -> None:
    for lock in list(_held):
        lock.close()


# a forked child would share the lock and keep it after its parent was killed
os.register_at_fork(after_in_child=_let_go)
