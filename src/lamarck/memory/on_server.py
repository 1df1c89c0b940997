"""What shared memories hold now, as rows that a server with pgvector searches, so that a reader loads nothing.

The rows are a copy. They move in the transaction that moves the head, and say which version they are of. Where that is
another than the head's (a writer could not, or knew nothing of them), the versions are loaded and searched instead.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, LiteralString

import numpy as np

from lamarck.core import Entry
from lamarck.likeness.embedder import Floats
from lamarck.memory.entries import Entries
from lamarck.memory.files import Card
from lamarck.memory.lines import CODEC
from lamarck.memory.ranking import CLOSE, FEWEST, exactly
from lamarck.memory.segment import Segment

if TYPE_CHECKING:
    import psycopg

    At = psycopg.Connection[Any]

WIDEST = 2000
"""Numbers in a vector that pgvector makes an index of. Rows of wider ones are not kept."""
FEW = 1000
"""Where a kind leaves fewer rows, all of them are looked at."""
LOOKED = (200, 1000)
"""Rows that a look into the index keeps in view: at least, and at most."""
LOCK = 2404_14388
"""Whoever makes an index holds this advisory lock: one at a time is enough work for a server."""
NEW: Final = "string_to_array(substring({version} from '^[0-9]+[.][0-9]+'), '.')::int[] >= '{{0,8}}'"
"""Older ones look no further where a filter leaves nothing of what the index gave."""
COLUMN: Final = "attrelid = to_regclass('lamarck.held') AND attname = 'vector' AND NOT attisdropped"
"""It goes where somebody drops the extension."""
MISSING: Final = (
    f"SELECT NOT EXISTS (SELECT FROM pg_attribute WHERE {COLUMN}) FROM pg_available_extensions WHERE name = 'vector' "
    f"AND {NEW.format(version='coalesce(installed_version, default_version)')}"
)
PATH: Final = "set_config('search_path', quote_ident(nspname), true)"
"""The extension lies in any schema, and its operators are looked for along the path: each transaction sets it."""
EXTENSION: Final = "FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace"
READY: Final = (
    f"SELECT {PATH}, pg_has_role(relowner, 'USAGE') {EXTENSION} JOIN pg_attribute ON {COLUMN} JOIN pg_class c "
    "ON c.oid = attrelid WHERE extname = 'vector' AND has_table_privilege(attrelid, %s) "
    f"AND has_schema_privilege(n.oid, 'USAGE') AND {NEW.format(version='extversion')}"
)
TABLES: Final = (
    "DROP TABLE IF EXISTS lamarck.held, lamarck.near",
    "CREATE EXTENSION IF NOT EXISTS vector",
    f"SELECT {PATH} {EXTENSION} WHERE extname = 'vector'",
    "CREATE TABLE lamarck.held (head text, place bigint, kind bytea NOT NULL, superseded boolean NOT NULL, "
    "entry bytea NOT NULL, vector vector NOT NULL, PRIMARY KEY (head, place))",
    "ALTER TABLE lamarck.held ALTER COLUMN vector SET STORAGE PLAIN",  # in the row itself it is read far sooner
    "CREATE INDEX held_kind ON lamarck.held (head, kind)",
    "CREATE TABLE lamarck.near (head text PRIMARY KEY, version text NOT NULL, embedder text NOT NULL)",
)
COPY: Final = "COPY lamarck.held (head, place, kind, superseded, entry, vector) FROM STDIN (FORMAT BINARY)"
MOVED: Final = "UPDATE lamarck.near SET version = %s WHERE head = %s AND version = %s AND embedder = %s"
DROP: Final = "SELECT format('DROP INDEX lamarck.%%I', %s::text)"
INDEX: Final = (
    "SELECT format('CREATE INDEX IF NOT EXISTS %%I ON lamarck.held USING hnsw ((vector::vector(%%s)) vector_ip_ops) "
    "WHERE head = %%L', %s::text, %s::int, %s::text)"
)
STATE: Final = (
    "SELECT to_regclass(%s) IS NOT NULL FROM lamarck.heads JOIN lamarck.near ON near.head = heads.name "
    "AND near.version = heads.version WHERE heads.name = %s AND near.embedder = %s"
)
AMONG: Final = "head = %(head)s AND (%(kind)s = ''::bytea OR kind = %(kind)s) AND (%(superseded)s OR NOT superseded)"
LOOK: Final = (
    "SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'relaxed_order', true), "
    "set_config('enable_sort', 'off', true)"  # the index's is the way without one, whatever it seems to cost
)
HEAD: Final = struct.Struct(">HH")
"""Before a vector's numbers on the wire: how many they are, and 0."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for, in which memory."""

    head: str
    embedder: str
    vector: Floats
    k: int
    kind: str
    superseded: bool


def prepare(at: At, lock: int) -> None:
    """Make the extension and the tables where the server has pgvector and they are missing.

    Raises: psycopg's ProgrammingError where we may not.
    """
    if at.execute(MISSING).fetchone() != (True,):
        return
    with at.transaction():
        at.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
        for each in TABLES if at.execute(MISSING).fetchone() == (True,) else ():
            at.execute(each)


def keep(at: At, head: str, card: Card, before: Entries, added: Segment) -> None:
    """Make the rows of a memory those of the version that its head is moved to, in the same transaction.

    In: the version's card, what its parent holds, and what it adds. Rows of another version are made anew.
    """
    ready = at.execute(READY, ("INSERT",)).fetchone()
    if not ready or not _fit([added]):
        return
    after = before.plus(added, np.array(card.removed, np.int64))
    values = card.name, head, card.parent, card.embedder
    if at.execute(MOVED, values).rowcount:
        gone = before.rows[list(card.removed)].tolist()
        at.execute("DELETE FROM lamarck.held WHERE head = %s AND place = ANY(%s)", (head, gone))
        _copy(at, head, after, len(before.segments))
    elif _fit(after.segments) and _cleared(at, head, is_owner=ready[1]):
        at.execute("INSERT INTO lamarck.near (version, head, embedder) VALUES (%s, %s, %s)", (*values[:2], values[3]))
        _copy(at, head, after, 0)


def index(at: At, head: str, width: int) -> None:
    """Make the index of a memory's rows where there is none and we may. Other writers wait meanwhile."""
    with at.transaction():
        ready = at.execute(READY, ("INSERT",)).fetchone()
        if not ready or not ready[1] or _is_indexed(at, head):
            return
        if at.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)).fetchone() == (True,):
            at.execute("SELECT set_config('statement_timeout', '0', true)")
            _run(at, INDEX, _index(head), width, head)


def nearest(at: At, asked: Asked) -> list[Entry] | None:
    """The k best entries, best first, the older of equals first; None where the rows cannot say.

    What the server calls near in single precision is ranked anew here, and what is as near as the last of what it gave
    does not count: another one, not given, may be older.
    """
    with at.transaction():
        at.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")  # head and rows of one moment
        state = (_index(asked.head, "lamarck."), asked.head, asked.embedder)
        if not at.execute(READY, ("SELECT",)).fetchone() or not (row := at.execute(STATE, state).fetchone()):
            return None
        wanted, has_index = max(2 * asked.k, FEWEST), row[0] and _are_many(at, asked)
        while True:
            has_index = has_index and wanted <= LOOKED[1]
            places, lines, vectors = _found(at, asked, wanted, has_index)
            scores, has_more = exactly(vectors, asked.vector), len(places) == wanted
            sure = scores > scores.min() + CLOSE if has_more else scores > -np.inf
            if sure.sum() >= asked.k or not (has_more or has_index):
                break
            wanted, has_index = 4 * wanted, has_index and has_more
    order: list[int] = np.lexsort((np.array(places), -scores)).tolist()
    best = [row for row in order if sure[row]][: max(asked.k, 0)]
    return [CODEC.load(Entry, lines[row], file=f"memory {asked.head}, entry {places[row]}") for row in best]


def _found(at: At, asked: Asked, wanted: int, has_index: bool) -> tuple[list[int], list[bytes], Floats]:
    """The places, lines and vectors of so many rows that the server calls nearest."""
    # only an expression with the width is the index's: the other one looks at all rows
    way = f"vector::vector({len(asked.vector)})" if has_index else "vector"
    if has_index:
        at.execute(LOOK, (str(min(max(LOOKED[0], 2 * wanted), LOOKED[1])),))
    values = {**_among(asked), "vector": str(asked.vector.astype(np.float64).tolist()), "n": wanted}
    query = f"SELECT place, entry, vector FROM lamarck.held WHERE {AMONG} ORDER BY {way} <#> %(vector)s::vector"
    rows = at.execute(f"{query} LIMIT %(n)s".encode(), values, binary=True).fetchall()
    raw = b"".join(bytes(vector)[len(HEAD.pack(0, 0)) :] for _, _, vector in rows)
    vectors = np.frombuffer(raw, ">f4").astype(np.float32).reshape(-1, len(asked.vector))
    return [place for place, _, _ in rows], [bytes(line) for _, line, _ in rows], vectors


def _are_many(at: At, asked: Asked) -> bool:
    """Whether so many rows are of the kind that is asked for that an index is of use."""
    query = f"SELECT count(*) FROM (SELECT FROM lamarck.held WHERE {AMONG} LIMIT %(n)s) found"
    row = at.execute(query.encode(), {**_among(asked), "n": FEW}).fetchone() if asked.kind else (FEW,)
    return row == (FEW,)


def _among(asked: Asked) -> dict[str, Any]:
    return {"head": asked.head, "kind": _kind(asked.kind), "superseded": asked.superseded}


def _cleared(at: At, head: str, *, is_owner: bool) -> bool:
    """Take all rows of a memory away, and its index. Out: False where there is one and it is another's."""
    if _is_indexed(at, head):
        if not is_owner:
            return False
        _run(at, DROP, _index(head))  # before any row: who holds some and waits for others' may wait for ever
    at.execute("DELETE FROM lamarck.held WHERE head = %s", (head,))
    at.execute("DELETE FROM lamarck.near WHERE head = %s", (head,))
    return True


def _copy(at: At, head: str, entries: Entries, first: int) -> None:
    """Add rows for what is left of the segments from this one on."""
    starts = [0, *accumulate(map(len, entries.segments))]
    with at.cursor().copy(COPY) as copy:
        copy.set_types(["text", "int8", "bytea", "bool", "bytea", "bytea"])
        for number in range(first, len(entries.segments)):
            here = slice(*np.searchsorted(entries.rows, starts[number : number + 2]).tolist())
            for row in _rows(entries.segments[number], starts[number], entries.rows[here].tolist()):
                copy.write_row((head, *row))


def _rows(segment: Segment, start: int, places: Sequence[int]) -> Iterator[tuple[int, bytes, bool, bytes, bytes]]:
    kinds = [_kind(kind) for kind, number in segment.runs for _ in range(number)]
    size, vectors = HEAD.pack(segment.vectors.shape[1], 0), segment.vectors.astype(">f4")
    for place in places:
        at = place - start
        yield place, kinds[at], bool(segment.superseded[at]), segment.line(at), size + vectors[at].tobytes()


def _fit(segments: Sequence[Segment]) -> bool:
    """Whether the server can take these vectors."""
    return all(each.vectors.shape[1] <= WIDEST and bool(np.isfinite(each.vectors).all()) for each in segments)


def _is_indexed(at: At, head: str) -> bool:
    return at.execute("SELECT to_regclass(%s) IS NOT NULL", (_index(head, "lamarck."),)).fetchone() == (True,)


def _index(head: str, schema: str = "") -> str:
    """The name of a memory's index; a memory's own name may be too long, and anything."""
    return f"{schema}near_{hashlib.sha256(head.encode()).hexdigest()[:32]}"


def _kind(kind: str) -> bytes:
    """A kind as it is compared: a text may hold what the server's cannot."""
    return kind.encode("utf-8", "surrogatepass")


def _run(at: At, form: LiteralString, *values: str | int) -> None:
    """Run a statement that takes no parameters, as the server puts it together of them."""
    ((statement,),) = at.execute(form, values).fetchall()
    at.execute(statement.encode())
