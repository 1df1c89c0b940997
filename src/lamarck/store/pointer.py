"""The champion moved by hand: a line in the event log, then one pointer in ``run.json``. Weights stay in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import lamarck.store.events as log
import lamarck.store.info as page
import lamarck.store.manifest as manifests
from lamarck.core import UsageError
from lamarck.data.codec import Codec
from lamarck.store.archive import Archive
from lamarck.store.disk import Disk, called
from lamarck.store.events import EventLog
from lamarck.store.folder import absolute, own
from lamarck.store.info import RunInfo
from lamarck.store.lock import Lock
from lamarck.store.manifest import Entry
from lamarck.store.reader import made

MOVED = "manual"
"""Kind of the event: "action", "learner", "before", "who", "why"."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a move by hand did."""

    learner: str
    """Hash of the champion from now on."""
    before: str
    """Of the champion until now."""
    elected: str
    """Of the champion that the run's own verdicts leave, which a run that is not done goes on from."""
    info: RunInfo
    """After the move."""


def move(
    path: str | Path,
    action: Literal["promote", "rollback"],
    learner: str = "",
    *,
    who: str,
    why: str = "",
    known: Mapping[str, Any] | None = None,
) -> Move:
    """Make a learner of a run its champion; the committed history stays as it is.

    In: its hash; without one, to promote: the last candidate, to roll back: the champion before this one. ``known``
    has the operators a learner may answer with. The choice holds until somebody moves the champion again; choosing
    the run's own champion gives the pointer back to the run. Raises: UsageError for a learner there is not, HeldRun
    while a process makes the run, DamagedRun where the learner's files are not what was committed.
    """
    root = absolute(Path(path))
    own(root)
    page.read(root)  # a folder that is no run is left without a lock
    disk, lock = Disk(root), Lock(root)
    try:
        info, archive = page.read(root), Archive(root, Codec(known=known or {}))
        entries = manifests.read(root).entries
        before, own_choice = info.champion or info.base, elected(archive, entries, info)
        wanted = learner or (_last(entries, info) if action == "promote" else _earlier(archive, entries, info))
        archive.find(entries, wanted)
        if wanted == before:
            raise UsageError(f"{wanted} is the champion of {called(root)} already; see: lamarck lineage {called(root)}")
        events = EventLog(disk)
        try:
            # told before it is done: an unexplained champion is worse than a line about a move that a crash prevented
            events.add(MOVED, {"action": action, "learner": wanted, "before": before, "who": who, "why": why})
            events.flush()
        finally:
            events.close()
        now = replace(info, champion=wanted, by_hand="" if wanted == own_choice else wanted)
        disk.write(root / page.INFO, page.dump(now))
    finally:
        lock.close()
    return Move(learner=wanted, before=before, elected=own_choice, info=now)


def elected(archive: Archive, entries: Sequence[Entry], info: RunInfo) -> str:
    """Hash of the champion that the run's own verdicts leave; the base before the first."""
    ruled = _verdicts(entries, info)
    return archive.open(ruled[-1]).champion if ruled else info.base


def _verdicts(entries: Sequence[Entry], info: RunInfo) -> list[Entry]:
    """The verdicts on the learner, not those on helpers, oldest first."""
    return [entry for entry in entries if entry.kind == "Verdict" and info.updates(entry.phase.stage) == "learner"]


def _last(entries: Sequence[Entry], info: RunInfo) -> str:
    """Hash of the last candidate."""
    found = [made(e) for e in entries if e.phase.name == "updating" and info.updates(e.phase.stage) == "learner"]
    if not found:
        raise UsageError("no round has made a candidate yet; type: lamarck status")
    return found[-1]


def _earlier(archive: Archive, entries: Sequence[Entry], info: RunInfo) -> str:
    """Hash of the champion before this one: by the gate's verdicts, then by the moves by hand."""
    line = [info.base, *(archive.open(entry).champion for entry in _verdicts(entries, info))]
    for event in log.read(archive.root):
        if event["kind"] == MOVED:
            # going back twice goes back two champions, not to and fro
            line = _until(line, event["learner"]) if event["action"] == "rollback" else [*line, event["learner"]]
    now = info.champion or info.base
    earlier = [one for one in _until(line, now) if one != now]
    if not earlier:
        cure = f"for others type: lamarck lineage {called(archive.root)}"
        raise UsageError(f"{now} is the first champion, so there is none to go back to; {cure}")
    return earlier[-1]


def _until(line: Sequence[str], one: str) -> list[str]:
    """The line up to the last time that this one was champion; with it at its end where it never was."""
    backwards = [*line][::-1]
    return [*line][: len(line) - backwards.index(one)] if one in line else [*line, one]
