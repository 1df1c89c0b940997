"""A learner that a person made of a run's champion: one more entry of the manifest, then the champion is moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lamarck.store.info as page
import lamarck.store.manifest as manifests
from lamarck.core import Learner, Phase, UsageError
from lamarck.data.codec import Codec
from lamarck.store.archive import BY_HAND, Archive
from lamarck.store.disk import Disk, called, digest
from lamarck.store.folder import absolute, own
from lamarck.store.lock import Lock
from lamarck.store.manifest import MANIFEST, Entry, Manifest, Mark
from lamarck.store.pointer import Move, move
from lamarck.store.weights import inside, weigh

Make = Callable[[Learner, Disk], Learner]
"""The new learner from the champion; what it has to write goes through the disk."""


def changed(path: str | Path, make: Make, *, who: str, why: str, known: Mapping[str, Any] | None = None) -> Move:
    """Keep what ``make`` gives as a learner of the run and make it the champion; nothing there is changes.

    Killed on the way, the run is as it was, or has one more learner. Raises: UsageError where the learner is the
    same, HeldRun while a process makes the run.
    """
    root = absolute(Path(path))
    own(root)
    info = page.read(root)
    disk, lock = Disk(root), Lock(root)
    try:
        archive, manifest = Archive(root, Codec(known=known or {})), manifests.read(root)
        before = archive.find(manifest.entries, info.champion or info.base)
        learner = make(before, disk)
        if learner.hash == before.hash:
            raise UsageError(f"nothing changes: {called(root)} keeps its champion {before.hash}")
        _keep(learner, archive, manifest, disk)
    finally:
        lock.close()
    return move(root, "promote", learner.hash, who=who, why=why, known=known)


def _keep(learner: Learner, archive: Archive, manifest: Manifest, disk: Disk) -> None:
    phase = Phase(stage=0, round=0, name=f"{BY_HAND}{learner.hash}")
    if manifest.find(phase):
        return  # made before, and rolled back since
    marks = dict[str, Mark]()
    for name, content in archive.pack(phase, "Learner", learner).items():
        listed = next((entry.files[name] for entry in manifest.entries if name in entry.files), None)
        if not listed:
            disk.write(disk.root / name, content.data)
        marks[name] = listed or Mark(digest=digest(content.data), bytes=len(content.data), rows=content.rows)
    marks |= weigh(inside(learner, disk.root), disk)
    added = manifest.add(Entry(phase=phase, kind="Learner", files=marks))
    disk.write(disk.root / MANIFEST, added.text().encode())
