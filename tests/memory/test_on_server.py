"""What a server with pgvector finds is what a loaded memory finds, whoever writes meanwhile."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

import numpy as np
import psycopg
import pytest
from tests.memory.given import note
from tests.memory.served import Served
from tests.memory.test_search import words
from tests.memory.test_shared import said, texts, writer

from lamarck.core import Entry, UsageError
from lamarck.likeness.embedder import Floats
from lamarck.memory import NGrams
from lamarck.memory.address import address
from lamarck.memory.shared import Shared

TEXTS, QUERIES = words(400), words(200, seed=5)


@pytest.fixture
def where(server: Served) -> str:
    """A memory that nobody wrote to, on a server with pgvector."""
    with psycopg.connect(server.address()) as at:
        row = at.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'").fetchone()
    if not row or tuple(map(int, row[0].split(".")[:2])) < (0, 8):
        pytest.skip("this server has no pgvector of 0.8 or later; see github.com/pgvector/pgvector")
    return server.address(uuid.uuid4().hex)


@pytest.fixture
def guest(server: Served) -> str:
    """A memory in a new database, whose user may no longer make an extension there."""
    name = f"d{uuid.uuid4().hex}"
    plain = server.address("team").replace("/postgres?", f"/{name}?")
    with psycopg.connect(server.address(), autocommit=True) as at:
        at.execute(f"CREATE DATABASE {name}".encode())
        if not at.execute("SELECT 1 FROM pg_roles WHERE rolname = 'guest'").fetchone():
            at.execute("CREATE ROLE guest LOGIN")
        at.execute(f"GRANT CREATE ON DATABASE {name} TO guest".encode())
        found = plain.replace("lamarck@", "guest@")
        assert Shared(found).version == ""
        at.execute(f"REVOKE CREATE ON DATABASE {name} FROM guest".encode())
    return found


@dataclass(frozen=True)
class Clusters:
    """Text number n is a vector near one of a few centres."""

    width: int = 48
    number: int = 5500
    name: str = "clusters"
    _rows: list[Floats] = field(default_factory=list[Floats])

    def __call__(self, texts: Sequence[str], /) -> Floats:
        if not self._rows:
            rng = np.random.default_rng(1)
            rows = rng.normal(size=(100, self.width))[rng.integers(100, size=self.number)]
            rows += 0.7 * rng.normal(size=rows.shape)
            self._rows.append((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
        return self._rows[0][[int(text) for text in texts]]


def only_server(where: str, monkeypatch: pytest.MonkeyPatch, embedder: Clusters | NGrams | None = None) -> Shared:
    """A reader that cannot load a version."""
    found = Shared(where, embedder)

    def load(_: str) -> None:
        pytest.fail("a version was loaded")

    monkeypatch.setattr(found.versions, "open", load)
    return found


def filled(shared: Shared) -> list[Entry]:
    """Several writes, with kinds, equal texts, what is superseded, and what is forgotten."""
    notes = [Entry(text=text, kind=("fact", "rule", "")[at % 3], round=at) for at, text in enumerate(TEXTS)]
    notes[50:90] = [replace(each, text=TEXTS[at % 3]) for at, each in enumerate(notes[50:90])]
    notes[7::20] = [replace(each, status="superseded: no longer so") for each in notes[7::20]]
    notes[300] = Entry(text="", kind="\ud800\0 odd")
    shared.add(notes[:150])
    shared.add(notes[150:], forget=[notes[3], notes[60]])
    shared.add([], forget=[notes[2], notes[200], notes[399]])
    shared.add([note("at last"), notes[3]])
    return notes


def is_indexed(where: str) -> bool:
    with psycopg.connect(address(where).url) as at:
        query = "SELECT FROM pg_indexes WHERE tablename = 'held' AND indexdef LIKE %s"
        return at.execute(query, (f"%'{address(where).name}'%",)).fetchone() is not None


def test_it_finds_what_a_loaded_memory_finds(where: str, monkeypatch: pytest.MonkeyPatch):
    notes = filled(Shared(where))
    now, there = Shared(where).now(), only_server(where, monkeypatch)
    for at, query in enumerate([*QUERIES, *TEXTS[:60], "", "at last"]):
        kind, superseded = ("", "fact", "rule", notes[300].kind)[at % 4], at % 5 == 0
        k = (7, 1, 30, 0, 500)[at % 50 if at % 50 < 5 else 0]
        found = there.search(query, k, kind=kind, superseded=superseded)
        assert found == now.search(query, k, kind=kind, superseded=superseded)
    assert there.search(TEXTS[0], 3, kind="none such") == []


def test_by_words_and_by_both_a_memory_is_loaded(where: str):
    filled(Shared(where))
    now, there = Shared(where).now(), Shared(where)
    for query in QUERIES[:5]:
        assert there.search(query, 7, by="words") == now.search(query, 7, by="words")
        assert there.search(query, 7, by="both", kind="rule") == now.search(query, 7, by="both", kind="rule")
    with pytest.raises(UsageError, match="unknown way to search 'smell'"):
        there.search("a", 1, by="smell")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_with_an_index_it_finds_nearly_all_and_most_of_a_rare_kind(where: str, monkeypatch: pytest.MonkeyPatch):
    embedder, kinds = Clusters(), ["half", "other"] * 2600
    kinds[::200] = ["rare"] * 26
    notes = [Entry(text=str(at), kind=kind) for at, kind in enumerate(kinds)]
    shared = Shared(where, embedder, past=5100)
    shared.add(notes[:5000])
    assert not is_indexed(where)
    shared.add(notes[5000:5150])
    assert is_indexed(where)
    shared.add(notes[5150:], forget=notes[:50])
    now, there = shared.now(), only_server(where, monkeypatch, embedder)
    for kind, least in (("", 0.95), ("half", 0.95), ("rare", 1.0)):
        hits = 0
        for query in map(str, range(5200, 5250)):
            wanted, found = now.search(query, 10, kind=kind), there.search(query, 10, kind=kind)
            hits += len(set(texts(wanted)) & set(texts(found)))
        assert hits >= least * 500, (kind, hits)
    assert there.search("5200", 600) == now.search("5200", 600)


def test_what_four_writers_add_at_once_is_found(where: str, monkeypatch: pytest.MonkeyPatch):
    with ExitStack() as stack:
        writers = [stack.enter_context(writer(where, name, 10)) for name in "abcd"]
        assert [said(told) for _, told in writers] == [10] * 4
    now, there = Shared(where).now(), only_server(where, monkeypatch)
    assert len(now.entries) == 44
    for query in ("a note 3", "last", "d last 9", *QUERIES[:10]):
        for k in (5, 100):
            assert there.search(query, k) == now.search(query, k)


def test_a_reader_sees_no_half_of_a_write(where: str, monkeypatch: pytest.MonkeyPatch):
    shared, there, until = Shared(where), only_server(where, monkeypatch), threading.Event()
    shared.add([note("turn 0")])
    seen = list[list[str]]()

    def read() -> None:
        while not until.is_set():
            seen.append(texts(there.search("turn", 5)))

    reader = threading.Thread(target=read)
    reader.start()
    for at in range(20):
        shared.add([note(f"turn {at + 1}")], forget=[note(f"turn {at}")])
    until.set()
    reader.join(30)
    assert seen
    assert {len(found) for found in seen} == {1}
    assert texts(there.search("turn", 5)) == ["turn 20"]


def test_rows_of_another_version_are_not_searched_and_are_made_anew(where: str, monkeypatch: pytest.MonkeyPatch):
    shared = Shared(where, past=100)
    filled(shared)
    assert is_indexed(where)
    with psycopg.connect(address(where).url) as at:  # as a writer leaves them that knows nothing of them
        at.execute("UPDATE lamarck.near SET version = '' WHERE head = %s", (address(where).name,))
        at.execute("DELETE FROM lamarck.held WHERE head = %s AND place < 200", (address(where).name,))
    now = shared.now()
    assert [shared.search(query, 5) for query in QUERIES[:20]] == [now.search(query, 5) for query in QUERIES[:20]]
    Shared(where).add([note("of late")])
    now, there = shared.now(), only_server(where, monkeypatch)
    assert [there.search(query, 5) for query in QUERIES[:20]] == [now.search(query, 5) for query in QUERIES[:20]]


def test_a_write_stands_whose_rows_cannot_be_kept(where: str):
    for width in (2001, 2000):
        there = f"{address(where).url}#{uuid.uuid4().hex}{width:->30}"
        shared = Shared(there, Clusters(width, 20), past=2)
        shared.add([Entry(text=str(at), kind="k" * 300) for at in range(20)])
        assert is_indexed(there) == (width == 2000)
        assert shared.search("7", 5) == shared.now().search("7", 5)


def test_without_the_extension_a_memory_is_loaded(guest: str):
    filled(Shared(guest))
    now, there = Shared(guest).now(), Shared(guest)
    assert [there.search(query, 5) for query in QUERIES[:20]] == [now.search(query, 5) for query in QUERIES[:20]]


def test_a_memory_from_before_is_taken_over_by_its_next_write(where: str, guest: str, monkeypatch: pytest.MonkeyPatch):
    filled(Shared(guest))
    with psycopg.connect(address(guest).url.replace("guest@", "lamarck@")) as at:
        at.execute("CREATE SCHEMA elsewhere")
        at.execute("CREATE EXTENSION vector SCHEMA elsewhere")
    Shared(guest).add([note("the extension is there, and not for us")])
    with psycopg.connect(address(guest).url.replace("guest@", "lamarck@")) as at:
        at.execute("GRANT USAGE ON SCHEMA elsewhere TO guest")
    with closing(Shared(guest)) as shared:
        now = shared.now()
        assert shared.search("abcd", 5) == now.search("abcd", 5)
        shared.add([], forget=[now.entries[0]])
        now, there = shared.now(), only_server(guest, monkeypatch)
    assert [there.search(query, 5) for query in QUERIES[:20]] == [now.search(query, 5) for query in QUERIES[:20]]
    with psycopg.connect(address(guest).url.replace("guest@", "lamarck@")) as at:
        at.execute("DROP EXTENSION vector CASCADE")
    assert Shared(guest).search("abcd", 5) == now.search("abcd", 5)
    Shared(guest).add([note("and on it goes")])
    with psycopg.connect(address(guest).url.replace("guest@", "lamarck@")) as at:
        at.execute("CREATE EXTENSION vector SCHEMA elsewhere")
    Shared(guest).add([note("and on")])
    assert texts(only_server(guest, monkeypatch).search("and on", 2)) == ["and on", "and on it goes"]
