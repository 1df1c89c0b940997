"""Learners and their trained weights: paths relative to the run folder, and digests of every file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from lamarck.core import Learner, ModelRef, UsageError
from lamarck.data.strict import Malformed, parse
from lamarck.store.disk import Disk, damaged, digest_file
from lamarck.store.folder import absolute
from lamarck.store.manifest import Mark

LEARNERS = "learners"
"""Where learners and weights lie in a run folder."""
MEMORY, CARD = "memory", "version.json"
"""Where versions of the memory lie, a folder each, and the file in it that names its parent."""
Move = Callable[[ModelRef], ModelRef]


def inside(learner: Learner, root: Path) -> Learner:
    """The learner as files hold it: folders in the run relative to it, all others from the root."""

    def move(ref: ModelRef) -> ModelRef:
        if not ref.folder:
            return ref
        path = absolute(Path(ref.folder))
        return replace(ref, folder=path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))

    return _moved(learner, move)


def outside(learner: Learner, root: Path) -> Learner:
    """The learner as the program uses it, wherever the run folder lies now. Raises: Malformed."""

    def move(ref: ModelRef) -> ModelRef:
        if not ref.folder or ref.folder.startswith("/"):
            return ref
        if ".." in PurePosixPath(ref.folder).parts:
            raise Malformed(f"leads out of the run folder: {ref.folder}", "model.folder")
        return replace(ref, folder=str(root / ref.folder))

    return _moved(learner, move)


def weigh(learner: Learner, disk: Disk) -> dict[str, Mark]:
    """Marks of all weight files in the run folder, by path in it; brings them to the disk first. The
    memory's files are marked too, so that damage to them is found and repaired as that of weights is.

    In: the learner as files hold it. Raises: UsageError where a trainer left no weights or a link.
    """
    marks = dict[str, Mark]()
    for ref in (learner.model, *learner.adapters.values()):
        if not ref.folder or ref.folder.startswith("/"):
            continue
        folder = disk.root / ref.folder
        paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        if not paths:
            raise UsageError(f"{folder} holds no weights, but {ref.name} is said to lie there; train it again")
        for path in paths:
            if path.is_symlink():
                raise UsageError(f"{path} is a symbolic link; a trainer must write the file itself")
            disk.sync(path)
            mark = Mark(digest=digest_file(path), bytes=path.stat().st_size)
            marks[path.relative_to(disk.root).as_posix()] = mark
        for path in {path.parent for path in paths} | {folder.parent}:
            disk.sync(path)
    for path in _remembered(learner.memory, disk.root):
        mark = Mark(digest=digest_file(path), bytes=path.stat().st_size)
        marks[path.relative_to(disk.root).as_posix()] = mark
    return marks


def _remembered(version: str, root: Path) -> Iterator[Path]:
    """The files of a version of the memory and of all it stands on; whoever wrote them brought them to the disk."""
    while version:
        folder = root / MEMORY / version
        yield from sorted(folder.iterdir())
        version = parse((folder / CARD).read_bytes(), file=str(folder / CARD))["parent"]


def verify(root: Path, marks: Mapping[str, Mark]) -> None:
    """Nothing where all files are those that were committed. Raises: DamagedRun naming the first that is not."""
    for name, mark in marks.items():
        path = root / name
        try:
            size = os.lstat(path).st_size
            if size != mark.bytes:
                raise damaged(root, name, f"has {size:,} bytes instead of {mark.bytes:,}")
            if digest_file(path) != mark.digest:
                raise damaged(root, name, "is damaged: its content is not what was committed")
        except FileNotFoundError:
            raise damaged(root, name, "is missing") from None
        except OSError as error:
            raise damaged(root, name, f"cannot be read ({error.strerror})") from error


def _moved(learner: Learner, move: Move) -> Learner:
    adapters = {name: move(ref) for name, ref in learner.adapters.items()}
    return replace(learner, model=move(learner.model), adapters=adapters)
