"""``calls.sqlite``: every answer once, with a digest; what was paid for is never asked again."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from lamarck.core import DamagedRun, LamarckError, PausedRun

FILE = "calls.sqlite"
EMPTIED = 2000
"""Rows after which the log is brought into the file."""
CHUNK = 500
"""Keys of one look-up."""
GATHER_S = 0.01
"""How often what was committed is flushed while calls go on. Waking the disk's thread for each commit would cost the
calls' thread its turn where the core is busy."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL, seed TEXT NOT NULL,
    sample INTEGER NOT NULL, sends INTEGER NOT NULL DEFAULT 0, body TEXT, digest TEXT, answered TEXT, host TEXT,
    prompt INTEGER, completion INTEGER, usd REAL, seconds REAL, at TEXT);
CREATE TABLE IF NOT EXISTS faults (
    key TEXT NOT NULL, at TEXT, host TEXT, kind TEXT, detail TEXT, tokens INTEGER, usd REAL);
CREATE TABLE IF NOT EXISTS sessions (id INTEGER PRIMARY KEY, at TEXT, seconds REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS known (model TEXT, host TEXT, what TEXT, value TEXT, PRIMARY KEY (model, host, what));
"""
BEGUN = """INSERT INTO calls (key, state, model, name, seed, sample, sends) VALUES (?, 'inflight', ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET sends = sends + excluded.sends,
    state = CASE state WHEN 'done' THEN 'done' ELSE 'inflight' END"""
DONE = """UPDATE calls SET state = ?, body = ?, digest = ?, answered = ?, host = ?, prompt = ?, completion = ?, usd = ?,
    seconds = ?, at = ? WHERE key = ? AND state != 'done'"""
RECORDED = "SELECT key, body, digest, answered, seconds, prompt, completion FROM calls WHERE state = 'done'"
PAID = """SELECT sum(sends), sum(ifnull(prompt, 0) + ifnull(completion, 0)), sum(ifnull(usd, 0)) FROM calls
    WHERE sends > 0"""
FAULT = "INSERT INTO faults VALUES (?, ?, ?, ?, ?, ?, ?)"
SESSION = "UPDATE sessions SET seconds = ? WHERE id = ?"
KNOWN = "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A recorded answer."""

    body: str
    answered: str
    """The model that wrote it, ``provider/name``."""
    seconds: float
    prompt: int
    completion: int


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What the calls of a folder have cost so far."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    """Of wall time, over all processes."""


Then = Callable[[BaseException | None], None]


def _nothing(_error: BaseException | None) -> None:
    """Nobody waits for it."""


class Job(NamedTuple):
    """One statement to write."""

    statement: str
    values: Sequence[Any]
    written: Then = _nothing
    flushed: Then = _nothing


class Journal:
    """One file, opened when first needed. Safe to call from many threads: what they write is
    committed in groups, and a thread flushes each group to the disk."""

    def __init__(self, folder: Path, cure: str) -> None:
        """In: what to type where the file turns out damaged."""
        self.path, self._cure = folder / FILE, cure
        self._lock = threading.Lock()
        self._jobs = list[Job]()
        self._dirty, self._wake, self._over = deque[Sequence[Job]](), threading.Event(), False
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._writing = threading.Lock()
        self._flusher: threading.Thread | None = None
        self._session = 0
        self._error: LamarckError | None = None

    def find(self, keys: Sequence[str]) -> dict[str, Row]:
        """Those of the answers that are recorded. Raises: DamagedRun for one that is not what was written."""
        found = dict[str, Row]()
        with self._lock:
            if self._reader is None and not self.path.exists():
                return found
            at = self._open()
            for start in range(0, len(keys), CHUNK):
                part = keys[start : start + CHUNK]
                asked = f"{RECORDED} AND key IN ({','.join('?' * len(part))})"
                for key, body, digest, answered, seconds, prompt, completion in self._all(at, asked, part):
                    if digest != digest_of(key, body, answered):
                        raise self._damaged(f"the answer {key[:12]} is not what was written")
                    found[key] = Row(
                        body=body, answered=answered, seconds=seconds, prompt=prompt, completion=completion
                    )
        return found

    def known(self, model: str, host: str) -> dict[str, str]:
        """What was found out about a model at a host."""
        with self._lock:
            if self._reader is None and not self.path.exists():
                return {}
            asked = "SELECT what, value FROM known WHERE model = ? AND host = ?"
            return dict(self._all(self._open(), asked, (model, host)))

    # --- written with the next commit, in the order of these calls ---

    def begin(self, key: str, model: str, name: str, seed: int, sample: int, *, sends: int = 1) -> None:
        """A call is about to be sent."""
        self._put(Job(BEGUN, (key, model, name, str(seed), sample, sends)))

    def done(
        self,
        key: str,
        row: Row,
        host: str,
        usd: float,
        written: Then = _nothing,
        flushed: Then = _nothing,
        *,
        state: str = "done",
    ) -> None:
        """A call was answered. ``written`` is called once that outlives this process, ``flushed`` once it outlives
        the power; both with what kept it from there, if anything did."""
        digest = digest_of(key, row.body, row.answered)
        counts = (row.prompt, row.completion, usd, row.seconds, _now())
        self._put(Job(DONE, (state, row.body, digest, row.answered, host, *counts, key), written, flushed))

    def fault(self, key: str, host: str, kind: str, detail: str, tokens: int, usd: float) -> None:
        """A sending failed. A retry shifts what is sampled, so every one is told."""
        self._put(Job(FAULT, (key, _now(), host, kind, detail, tokens, usd)))

    def learn(self, model: str, host: str, found: Mapping[str, str]) -> None:
        """Keep what was found out about a model at a host."""
        for what, value in found.items():
            self._put(Job(KNOWN, (model, host, what, value)))

    def elapsed(self, seconds: float) -> None:
        """How long this process has been at work."""
        if self._session and not self._error:
            self._put(Job(SESSION, (seconds, self._session)))

    def close(self) -> None:
        """Write what waits, and let go. A second call does nothing."""
        self.commit()
        if self._flusher:
            self._over = True
            self._wake.set()
            self._flusher.join(30)
            self._flusher = None
        with self._writing:
            if self._writer:
                self._writer.close()
                self._writer = None
        with self._lock:
            if self._reader:
                self._reader.close()
                self._reader = None

    def commit(self) -> None:
        """Write what waits, as one group: from then on it outlives this process.

        Quick, since it does not wait for the disk, and so done on whatever thread: a handing-over to another would
        take longer than the work where the machine is busy.
        """
        with self._writing:
            group, self._jobs = self._jobs, []
            if not group:
                return
            self._error = self._error or self._commit(group)
            self._dirty.append(group)
            if not self._wake.is_set():
                self._wake.set()
        for job in group:
            job.written(self._error)

    def _put(self, job: Job) -> None:
        if self._error:
            raise type(self._error)(str(self._error))
        with self._writing:
            if self._writer is None:
                with self._lock:
                    self._open()
                self._writer = self._connect()
                self._writer.execute("PRAGMA wal_autocheckpoint=0")  # that waits for the disk: the other thread does it
                self._flusher = threading.Thread(target=self._flush, name="journal", daemon=True)
                self._flusher.start()
            self._jobs.append(job)

    def _flush(self) -> None:
        """Bring what was committed to the disk: one flush for all that was committed while the last one took."""
        log = os.open(f"{self.path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        with closing(self._connect()) as at:
            rows = 0
            while groups := self._gathered():
                try:
                    os.fsync(log)
                except OSError as error:
                    self._error = self._error or self._told(error)
                for job in (job for each in groups for job in each):
                    job.flushed(self._error)
                rows += sum(map(len, groups))
                if rows > EMPTIED:
                    rows = 0
                    with suppress(sqlite3.Error):  # a reader is at work; the next time will do
                        at.execute("PRAGMA wal_checkpoint(PASSIVE)")
        os.close(log)

    def _gathered(self) -> list[Sequence[Job]]:
        """What was committed in a while; waits until there is something. Out: nothing when all is over."""
        while True:
            self._wake.wait()
            over = self._over
            if not over:
                time.sleep(GATHER_S)
            groups = [self._dirty.popleft() for _ in range(len(self._dirty))]
            if groups or over:
                return groups
            self._wake.clear()
            if self._dirty or self._over:  # came in between
                self._wake.set()

    def _commit(self, group: Iterable[Job]) -> LamarckError | None:
        """All of a group or none of it."""
        at = self._writer
        if at is None:
            return None
        try:
            at.execute("BEGIN IMMEDIATE")
            for job in group:
                at.execute(job.statement, job.values)
            at.execute("COMMIT")
        except sqlite3.Error as error:
            return self._told(error)
        return None

    def _open(self) -> sqlite3.Connection:
        """The connection for reading; the file is made with it."""
        if self._reader is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not self.path.exists():  # closing a file drops the locks that this process has on it
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
                at = self._connect()
                at.executescript(SCHEMA)
                self._session = int(at.execute("INSERT INTO sessions (at) VALUES (?)", (_now(),)).lastrowid or 0)
            except (sqlite3.Error, OSError) as error:
                raise self._told(error) from error
            self._reader = at
        return self._reader

    def _connect(self) -> sqlite3.Connection:
        at = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        at.execute("PRAGMA journal_mode=WAL")
        # every commit is flushed as under FULL, by a thread of its own, so that nobody's place waits for the disk
        at.execute("PRAGMA synchronous=NORMAL")
        return at

    def _all(self, at: sqlite3.Connection, asked: str, values: Sequence[Any]) -> list[Any]:
        try:
            return at.execute(asked, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> LamarckError:
        """What went wrong with the file, and what to type."""
        if "full" in str(error) or getattr(error, "errno", 0) in (28, 122):
            return PausedRun(f"no space left to write {self.path}; make room, then go on; nothing recorded is lost")
        if isinstance(error, sqlite3.OperationalError) and ("readonly" in str(error) or "locked" in str(error)):
            return PausedRun(f"{self.path} cannot be written ({error}); make it writable, then go on")
        return self._damaged(str(error))

    def _damaged(self, what: str) -> DamagedRun:
        return DamagedRun(f"{self.path} is damaged ({what}); {self._cure}")


def spent_in(folder: Path) -> Spent:
    """What the calls recorded in a folder have cost, over all processes; nothing where none are."""
    path = folder / FILE
    if not path.exists():
        return Spent()
    try:
        with closing(sqlite3.connect(path, timeout=30)) as at:
            sends, tokens, usd = at.execute(PAID).fetchone()
            lost, paid = at.execute("SELECT sum(ifnull(tokens, 0)), sum(ifnull(usd, 0)) FROM faults").fetchone()
            sessions = at.execute("SELECT at, seconds FROM sessions").fetchall()
    except sqlite3.Error as error:
        raise DamagedRun(f"{path} is damaged ({error}); type: rm {path}*, and its calls are made again") from error
    return Spent(
        calls=sends or 0, tokens=(tokens or 0) + (lost or 0), usd=(usd or 0.0) + (paid or 0.0), seconds=_wall(sessions)
    )


def _wall(sessions: Iterable[tuple[str, float]]) -> float:
    """Seconds that went by in sessions, each told by its begin and length: what two providers of one process shared
    counts once."""
    total = until = 0.0
    for at, seconds in sorted(sessions):
        begin = datetime.fromisoformat(at).timestamp()
        total += max(begin + seconds - max(begin, until), 0.0)
        until = max(until, begin + seconds)
    return total


def digest_of(key: str, body: str, answered: str) -> str:
    """SHA-256 over a row: what is replayed is what was recorded."""
    return hashlib.sha256(f"{key}\0{answered}\0{body}".encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
