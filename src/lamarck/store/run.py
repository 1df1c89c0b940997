"""The run folder as the loop writes it: a phase counts when its line is in the manifest, not before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

import lamarck.store.info as page
import lamarck.store.manifest as manifests
from lamarck.core import Batch, Learner, PausedRun, Phase, UsageError, Verdict
from lamarck.data.codec import Codec
from lamarck.data.secrets import hidden
from lamarck.store.archive import APART, BASE, Archive, kind_of, learners
from lamarck.store.disk import Disk, Step, called, damaged, digest, on_with_it, sweep
from lamarck.store.events import EventLog, Listener
from lamarck.store.folder import is_run, prepare
from lamarck.store.info import RunInfo
from lamarck.store.lock import Lock
from lamarck.store.manifest import MANIFEST, Entry, Manifest, Mark
from lamarck.store.mend import mend
from lamarck.store.weights import LEARNERS, inside, weigh

T = TypeVar("T")


class RunStore:
    """Core's ``Store`` in a folder that this process holds; a context manager that lets go of it."""

    def __init__(self, disk: Disk, lock: Lock, info: RunInfo, log: EventLog, archive: Archive) -> None:
        self._disk, self._lock, self._log, self._archive = disk, lock, log, archive
        self._info = info
        self._learners: dict[str, Learner] = {}
        self._manifest: Manifest = manifests.read(disk.root)

    @classmethod
    def hold(
        cls,
        path: str | Path,
        info: RunInfo,
        listener: Listener | None = None,
        *,
        known: Mapping[str, Any] | None = None,
        step: Step = on_with_it,
    ) -> RunStore:
        """Make a run folder, or go on with one that was asked for the same.

        In: ``known`` has the operators a learner may answer with, by name ("solutions.Sample").
        Raises: UsageError for a bad name or folder, or one that holds another run; HeldRun;
        DamagedRun; PausedRun where the disk is full.
        """
        root = prepare(Path(path))
        disk, lock = Disk(root, step), Lock(root)
        try:
            sweep(root)
            is_new = not is_run(root)
            found = replace(info, started=page.now(), versions=page.versions()) if is_new else page.read(root)
            if not is_new:
                page.same(Path(path), found, info)
                found = replace(found, until=info.until, workers=info.workers)
                found = replace(found, providers=info.providers, budget=info.budget)
            manifests.read(root)  # a damaged run is left as it is
            if is_new:  # before anything else, so that a kill leaves a run or nothing
                disk.write(root / page.INFO, page.dump(found))
            log = EventLog(disk, (listener,) if listener else ())
            store = cls(disk, lock, found, log, Archive(root, Codec(known=known or {})))
            store.event("started" if is_new else "resumed", info=found)
            log.flush()
            disk.folder(root / LEARNERS)
            if found.status != "done":
                store.progress(status="running", finished="", reason="")
        except BaseException:
            lock.close()
            raise
        return store

    @staticmethod
    def repair(path: str | Path) -> tuple[Phase, ...]:
        """Forget the first damaged phase and all after it. Out: what was forgotten, to be run again."""
        root = prepare(Path(path))
        lock = Lock(root)
        try:
            return mend(Disk(root))
        finally:
            lock.close()

    # --- core's Store ---

    def commit(self, phase: Phase, kind: type[T], make: Callable[[], T], /) -> T:
        """The phase's committed result, or what ``make`` gives, committed.

        Raises: DamagedRun where a committed file is not what it was, PausedRun where the disk is full.
        """
        name = kind_of(kind)
        entry = self._manifest.find(phase)
        if entry:
            if entry.kind != name:
                raise damaged(self.root, MANIFEST, f"has a {entry.kind} for {phase.name} where the recipe makes {name}")
            return cast("T", self._archive.open(entry))
        began = time.monotonic()
        with self._disk.full(self.root):
            value = make()
        self._write(phase, name, value)
        champion = self._info.champion
        if isinstance(value, Verdict) and self._info.updates(phase.stage) == "learner":
            champion = value.champion
        where = {} if phase.name in APART else {"stage": phase.stage, "round": phase.round}
        self.progress(status="running", phase=phase.name, champion=champion, **where)
        seconds = round(time.monotonic() - began, 3)
        self.event("committed", stage=phase.stage, round=phase.round, name=phase.name, seconds=seconds)
        return value

    def batch(self, phase: Phase, /) -> Batch:
        """An earlier phase's committed batch, empty where there is none."""
        entry = self._manifest.find(phase)
        return self._archive.batch(entry) if entry else []

    def read(self, phase: Phase, kind: type[T], /) -> T | None:
        """What was committed at this address, None where there is nothing."""
        entry = self._manifest.find(phase)
        return cast("T", self._archive.open(entry)) if entry else None

    def learner(self, hash: str, /) -> Learner:
        """A learner that this run committed, alone or in a state. Raises: UsageError with those there are."""
        if hash not in self._learners:  # a search asks for its candidates again and again
            self._learners[hash] = self._archive.find(self._manifest.entries, hash)
        return self._learners[hash]

    def event(self, kind: str, /, **data: Any) -> None:
        """One line of the event log; "progress" goes to the listener alone."""
        self._log.add(kind, data)

    @property
    def learners(self) -> str:
        """The folder new weights are written under, each in a folder named by its content."""
        return str(self.root / LEARNERS)

    # --- for whoever runs the loop ---

    @property
    def root(self) -> Path:
        """The run folder."""
        return self._disk.root

    @property
    def disk(self) -> Disk:
        """What writes files of this run whole and for good."""
        return self._disk

    @property
    def info(self) -> RunInfo:
        """What was asked for and how far it came."""
        return self._info

    def progress(self, **changes: Any) -> None:
        """Change the state in ``run.json``: status, champion, reason and so on. A champion chosen by hand stays."""
        before = self._info
        if before.by_hand:
            changes.pop("champion", None)
        if changes.get("status", "running") != "running" and changes["status"] != before.status:
            changes = {"finished": page.now(), **changes}
        self._info = replace(before, **changes)
        self._disk.write(self.root / page.INFO, page.dump(self._info))

    def keep(self, learner: Learner) -> str:
        """Keep the learner that the run begins with. Out: its hash.

        Raises: UsageError where the run began with another of this name.
        """
        kept = self.commit(BASE, Learner, lambda: learner)
        if kept.hash != learner.hash:
            raise UsageError(
                f"{called(self.root)} began with {kept.model.name} {kept.hash}, which now is {learner.hash}: its "
                f"weights were changed; bring them back, or start anew: --out {self.root.name}-2"
            )
        return kept.hash

    def close(self) -> None:
        """Let go of the folder. A second call does nothing."""
        self._log.close()
        self._lock.close()

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if error is not None:
                paused = isinstance(error, PausedRun | KeyboardInterrupt)
                reason = hidden((str(error).splitlines() or [type(error).__name__])[0])
                self.progress(status="paused" if paused else "failed", reason=reason)
        except (OSError, PausedRun, UsageError):
            pass  # the disk is full or gone; what stopped the run matters more
        finally:
            self.close()

    def _write(self, phase: Phase, kind: str, value: Any) -> None:
        """Bring the files to the disk, then the line that makes them count."""
        marks = dict[str, Mark]()
        for name, content in self._archive.pack(phase, kind, value).items():
            listed = self._listed(name)
            if not listed:
                self._disk.write(self.root / name, content.data)
                listed = Mark(digest=digest(content.data), bytes=len(content.data), rows=content.rows)
            marks[name] = listed
        with self._disk.room(self.root / LEARNERS):
            for learner in learners(value):
                marks |= weigh(inside(learner, self.root), self._disk)
        self._log.flush()
        manifest = self._manifest.add(Entry(phase=phase, kind=kind, files=marks))
        self._disk.write(self.root / MANIFEST, manifest.text().encode())
        self._manifest = manifest

    def _listed(self, name: str) -> Mark | None:
        """The mark of a file that an earlier phase wrote: the same learner may be made twice."""
        return next((entry.files[name] for entry in self._manifest.entries if name in entry.files), None)
