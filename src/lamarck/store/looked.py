"""A look at the sealed split after a run: told in the run's event log, where the report counts it."""

from __future__ import annotations

from pathlib import Path

import lamarck.store.info as page
from lamarck.store.disk import Disk
from lamarck.store.events import EventLog
from lamarck.store.folder import absolute, own
from lamarck.store.lock import Lock

LOOKED = "looked"
"""Kind of the event: "split", "learner", "who"."""


def looked(path: str | Path, split: str, learner: str, *, who: str) -> None:
    """Tell it. Raises: HeldRun while a process makes the run, UsageError where there is none."""
    root = absolute(Path(path))
    own(root)
    page.read(root)  # a folder that is no run is left without a lock
    lock = Lock(root)
    try:
        events = EventLog(Disk(root))
        try:
            events.add(LOOKED, {"split": split, "learner": learner, "who": who})
            events.flush()
        finally:
            events.close()
    finally:
        lock.close()
