"""Versions in a Postgres server, where many processes write: a row is a version, whole or not there.

What a row holds is, byte for byte, what the version's files would hold, with the same digests.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from lamarck.core import DamagedRun, Entry, MissingExtra, PausedRun, UsageError
from lamarck.data.secrets import hidden
from lamarck.data.strict import Malformed
from lamarck.memory import on_server
from lamarck.memory.address import Address
from lamarck.memory.arrays import from_npy
from lamarck.memory.entries import Entries
from lamarck.memory.files import CARD, ENTRIES, VECTORS, Card, packed, same, unpacked
from lamarck.memory.on_server import Asked
from lamarck.memory.segment import Segment

if TYPE_CHECKING:
    import psycopg

SCHEMA: Final = "CREATE SCHEMA lamarck"
"""It takes a right on the whole database, also with IF NOT EXISTS: it is asked for only where there is none."""
TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS lamarck.versions (name text PRIMARY KEY, parent text REFERENCES lamarck.versions, "
    "card bytea NOT NULL, entries bytea NOT NULL, vectors bytea NOT NULL)",
    "ALTER TABLE lamarck.versions ALTER COLUMN vectors SET STORAGE EXTERNAL",  # floats do not compress
    "CREATE TABLE IF NOT EXISTS lamarck.heads (name text PRIMARY KEY, version text NOT NULL "
    "REFERENCES lamarck.versions)",
    "CREATE TABLE IF NOT EXISTS lamarck.moves (head text, once text, version text NOT NULL REFERENCES "
    "lamarck.versions, PRIMARY KEY (head, once))",
)
PAST = 20_000
"""Up to so many entries a search on the server looks at all of them."""
LOCK = 2404_14387
"""Who makes the tables holds this advisory lock: two at once would fail over each other's names."""
WAIT_S = 10
"""For a server to answer."""
FRESH_S = 30.0
"""A connection that was idle for longer is tried before it is trusted."""
INSERT: Final = (
    "INSERT INTO lamarck.versions (name, parent, card, entries, vectors) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (name) DO UPDATE SET card = excluded.card, entries = excluded.entries, vectors = excluded.vectors"
)


class Postgres:
    """A ``Keep`` in a database, and the heads of its shared memories. Threads take turns on one connection.

    The connection is made when it is first needed, and again where it was lost. Nothing is asked of the server but
    plain tables in a schema of their own, ``lamarck``; they are made where they are missing. Where it has pgvector, it
    also searches what a shared memory holds now.
    """

    def __init__(self, address: Address, past: int = PAST) -> None:
        """In: the rows past which a memory is searched with an index. Raises: MissingExtra without psycopg."""
        if find_spec("psycopg") is None:
            raise MissingExtra("a memory in Postgres", "postgres")
        import psycopg

        self._driver, self._address, self._past = psycopg, address, past
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[Any] | None = None
        self._used = 0.0
        self._has_answered = self._is_prepared = False

    def save(self, card: Card, added: Segment, /) -> None:
        """Keep a version in one transaction. Raises: PausedRun where the server is gone."""
        with self._talking() as at:
            at.execute(INSERT, _row(card, added))

    def load(self, name: str, /) -> tuple[Card, Segment]:
        """A version's card and what it added. Raises: DamagedRun, also where it is not there."""
        with self._talking() as at:
            row = at.execute(
                "SELECT card, entries, vectors FROM lamarck.versions WHERE name = %s", (name,), binary=True
            ).fetchone()
        where = f"version {name} in {self._address.url}"
        if not row:
            raise DamagedRun(f"{where} is missing; give the address that it was written to")
        try:
            told, raw, packed_vectors = (bytes(part) for part in row)
            card = unpacked(name, told)
            same(raw, card.entries)
            same(packed_vectors, card.vectors)
            vectors = from_npy(packed_vectors)
        except Malformed as error:
            raise DamagedRun(f"{where} is damaged ({error}); bring the database back from a backup") from error
        return card, Segment(raw, vectors, card.runs, where)

    def head(self, name: str) -> str:
        """The version that a shared memory is at; "" for one that nobody wrote to."""
        with self._talking() as at:
            row = at.execute("SELECT version FROM lamarck.heads WHERE name = %s", (name,)).fetchone()
        return row[0] if row else ""

    def moved(self, name: str, once: str) -> str:
        """The version that the write of this name made; "" where it was not made yet."""
        with self._talking() as at:
            query = "SELECT version FROM lamarck.moves WHERE head = %s AND once = %s"
            row = at.execute(query, (name, once)).fetchone()
        return row[0] if row else ""

    def move(self, name: str, card: Card, added: Segment, before: Entries, *, once: str = "") -> bool:
        """Keep a version and make it the head, both or neither, if the head is still its parent. Out: whether it was.

        In: the version, what it adds to ``before``, which its parent holds; ``once`` names the write, so that who
        does not know whether it was made can ask.
        """
        with self._talking() as at:
            self._prepare(at)
            if not self._moved(at, name, card, added, before, once):
                return False
            if len(before) + len(added) > self._past:
                with suppress(self._driver.Error):  # the write is made, and without an index all rows are looked at
                    on_server.index(at, name, added.vectors.shape[1])
            return True

    def nearest(self, asked: Asked) -> list[Entry] | None:
        """What is nearest in what a shared memory holds now; None where the server cannot say."""
        with self._talking() as at:
            return on_server.nearest(at, asked)

    def _moved(
        self, at: psycopg.Connection[Any], name: str, card: Card, added: Segment, before: Entries, once: str
    ) -> bool:
        with at.transaction():
            at.execute(INSERT, _row(card, added))
            query, values = "INSERT INTO lamarck.heads (version, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", ()
            if card.parent:
                query, values = "UPDATE lamarck.heads SET version = %s WHERE name = %s AND version = %s", (card.parent,)
            if not at.execute(query, (card.name, name, *values)).rowcount:
                raise self._driver.Rollback
            if once:
                query, values = "INSERT INTO lamarck.moves (head, once, version) VALUES (%s, %s, %s)", (once, card.name)
                at.execute(query, (name, *values))
            on_server.keep(at, name, card, before, added)
            return True
        return False

    def _prepare(self, at: psycopg.Connection[Any]) -> None:
        """Make what rows for a search need, the first time that this connection writes."""
        if not self._is_prepared:
            with suppress(self._driver.ProgrammingError):  # others may, or nobody: then versions are loaded
                on_server.prepare(at, LOCK)
            self._is_prepared = True

    def close(self) -> None:
        """Let go of the server. A second call does nothing; a further use connects again."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _talking(self) -> Generator[psycopg.Connection[Any]]:
        """The connection, where a statement is a transaction of its own; errors in words that show no password."""
        with self._lock:
            try:
                yield self._opened()
                self._used = time.monotonic()
            except self._driver.OperationalError as error:
                said = f"the shared memory {self._address.url} is gone: {_words(error)}"
                self.close()
                if self._has_answered:
                    raise PausedRun(f"{said}; nothing committed is lost; try again when its server is back") from None
                raise UsageError(
                    f"no memory at {self._address.url}: {_words(error)}; look whether the server is up, and give the "
                    "password, where it wants one, in PGPASSWORD or ~/.pgpass"
                ) from None
            except self._driver.Error as error:
                raise UsageError(f"the shared memory {self._address.url} refuses: {_words(error)}") from None

    def _opened(self) -> psycopg.Connection[Any]:
        there = self._connection
        if there and time.monotonic() - self._used > FRESH_S:
            try:
                there.execute("SELECT 1")
            except self._driver.OperationalError:
                self.close()
        if there and not there.closed:
            return there
        made = self._driver.connect(
            self._address.url, autocommit=True, connect_timeout=WAIT_S, application_name="lamarck"
        )
        made.prepare_threshold = None  # prepared statements do not go through every pool of connections
        weakref.finalize(self, made.close)  # whoever forgets to close holds nothing for ever
        _tabled(made)
        self._connection, self._has_answered, self._used = made, True, time.monotonic()
        self._is_prepared = False
        return made


def _tabled(at: psycopg.Connection[Any]) -> None:
    """Make the tables where they are missing."""
    if at.execute("SELECT to_regclass('lamarck.moves') IS NOT NULL").fetchone() == (True,):
        return
    with at.transaction():
        at.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if at.execute("SELECT to_regnamespace('lamarck') IS NULL").fetchone() == (True,):
            at.execute(SCHEMA)
        for each in TABLES:
            at.execute(each)


def _row(card: Card, added: Segment) -> tuple[str, str | None, bytes, bytes, bytes]:
    files = packed(card, added)
    return card.name, card.parent or None, files[CARD], files[ENTRIES], files[VECTORS]


def _words(error: Exception) -> str:
    """What the server says, in a line."""
    return hidden(" ".join(str(error).split()))
