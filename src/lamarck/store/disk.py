"""Writing so that a crash leaves the old file or the new one, and a full disk leaves a run that can go on."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lamarck.core import DamagedRun, PausedRun, UsageError

Step = Callable[[str, Path], None]
FULL = (errno.ENOSPC, errno.EDQUOT)
"""No space, or no more of it for this user."""
_numbers = itertools.count()


def on_with_it(_step: str, _path: Path) -> None:
    """What happens between two steps of a write when nobody is testing: nothing."""


@dataclass(frozen=True)
class Disk:
    """Writes files of one run folder. ``step`` is called before each system call, so that tests can
    make any of them fail."""

    root: Path
    step: Step = on_with_it

    def write(self, path: Path, data: bytes) -> None:
        """Replace a file as a whole. Raises: PausedRun where the disk is full.

        Nobody ever sees half a file: it is written beside, flushed to the disk, then renamed.
        """
        temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}-{next(_numbers)}")
        with self.room(path):
            self.folder(path.parent)
            try:
                self._fill(temporary, data)
                self.step("rename", temporary)
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
            self.sync(path.parent)

    def _fill(self, path: Path, data: bytes) -> None:
        self.step("open", path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            self.step("write", path)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            self.step("fsync", path)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def folder(self, path: Path) -> None:
        """Make a folder of the run, its parents too, for the owner alone."""
        missing = list(itertools.takewhile(lambda p: not p.is_dir(), (path, *path.parents)))
        with self.room(path):
            for each in reversed(missing):
                self.step("mkdir", each)
                each.mkdir(mode=0o700, exist_ok=True)
                self.sync(each.parent)

    def sync(self, path: Path) -> None:
        """Flush a file, or a folder's list of names, to the disk."""
        self.step("sync", path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def room(self, path: Path) -> Generator[None]:
        """Turn what the user can cure into errors that say how: a full disk, a folder that is read-only."""
        with self.full(path):
            try:
                yield
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                    raise
                cure = f"type: chmod -R u+rwX {self.root}"
                raise UsageError(f"{path} cannot be written ({error.strerror}); {cure}") from error

    @contextmanager
    def full(self, path: Path) -> Generator[None]:
        """Pause where the disk is full, whoever was writing."""
        try:
            yield
        except PausedRun:
            raise
        except Exception as error:
            # trainers write through libraries that keep only the system's words
            if getattr(error, "errno", None) not in FULL and "No space left on device" not in str(error):
                raise
            cure = f"make room, then type: lamarck resume {called(self.root)}"
            raise PausedRun(f"no space left to write {path}; nothing committed is lost: {cure}") from error


def called(root: Path) -> str:
    """What to type for a run folder: its name where it lies in runs/, else its path."""
    return root.name if root.parent == Path("runs").absolute() else str(root)


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file, in pieces. Raises: OSError, also where it is a symbolic link."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(root: Path, name: str, what: str) -> DamagedRun:
    """The error for a file of a run that is not what it was, and what to type."""
    cure = f"type: lamarck resume {called(root)} --repair"
    return DamagedRun(f"{root / name} {what}; {cure} (repeats this phase and those after it, keeps those before)")


def sweep(root: Path) -> None:
    """Remove what a killed process left half written. Only under the run's lock."""
    for path in [path for path in root.rglob("*.tmp*") if ".tmp" in path.name]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
