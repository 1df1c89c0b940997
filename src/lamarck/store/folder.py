"""Where runs lie, what they may be called, and that a run folder is the user's own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lamarck.core import UsageError, unknown

RUNS = Path("runs")
"""Where runs lie unless their path is given."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What the last part of a run folder's path must be, in full."""
LEFTOVERS = ("lock",)
"""What a process killed at its very start may leave."""


def named(name: str, home: Path = RUNS) -> Path:
    """The folder of a run of this name. Raises: UsageError for a name that is none."""
    if not NAME.fullmatch(name):
        shown = ascii(name) if len(name) <= 80 else f"{name[:80]!a}..."
        raise UsageError(f"{shown} is no name for a run; type up to 64 letters, digits, - and _, such as --out my-run")
    return home / name


def fresh(name: str, home: Path = RUNS) -> Path:
    """The folder of a new run: ``name``, or ``name-2``, ``name-3`` where it is taken."""
    tries = (name if n == 1 else f"{name}-{n}" for n in range(1, 100_000))
    return next(path for path in (named(each, home) for each in tries) if not os.path.lexists(path))


def find(name: str | Path, home: Path = RUNS) -> Path:
    """The folder of a run: ``runs/<name>``, or a path to one. Raises: UsageError with the nearest names."""
    text = str(name)
    if NAME.fullmatch(text) and is_run(home / text):
        return home / text
    if "\0" not in text and text and is_run(Path(text)):
        return Path(text)
    known = [path.name for path in home.iterdir() if is_run(path)] if home.is_dir() else []
    raise unknown("run", text if text.isprintable() else ascii(text), known, "a run is a name in runs/ or a path")


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    try:
        return os.path.lexists(path / "run.json")
    except OSError:  # a name longer than the file system allows
        return False


def prepare(path: Path) -> Path:
    """Make the run folder, or accept it where it is a run or empty. Out: its absolute path.

    Raises: UsageError for a bad name, a link, another user's folder, or one that holds other things.
    """
    named(path.name)
    root = absolute(path)
    if not os.path.lexists(root):
        try:
            root.parent.mkdir(parents=True, exist_ok=True)
            root.mkdir(mode=0o700)
        except OSError as error:
            raise UsageError(f"{path} cannot be made ({error.strerror}); give another folder: --out") from error
    own(root)
    if not is_run(root):
        others = [p.name for p in root.iterdir() if p.name not in LEFTOVERS and ".tmp" not in p.name]
        if others:
            raise UsageError(f"{path} exists and is no run; give a new folder: --out {path}-2")
        root.chmod(0o700)
    return root


def own(path: Path) -> None:
    """Nothing where the folder is a real one of the user's. Raises: UsageError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise UsageError(f"{path} is a symbolic link; type the folder it leads to: {path.resolve()}") from None
        why = "is no folder" if path.exists() else "does not exist"
        raise UsageError(f"{path} {why} ({error.strerror}); give another: --out {path.name}-2") from None
    try:
        owner = os.fstat(descriptor).st_uid
    finally:
        os.close(descriptor)
    if owner != os.geteuid():
        raise UsageError(f"{path} belongs to another user (id {owner}); give a folder of your own: --out {path.name}-2")


def absolute(path: Path) -> Path:
    """The path from the root, a link at its end left as it is."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve() would follow the link)
