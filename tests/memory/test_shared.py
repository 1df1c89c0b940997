"""Many writers on one Postgres server: what was acknowledged is there whoever is killed, and nothing is twice."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import uuid
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psycopg
import pytest
from tests.memory.given import note
from tests.memory.served import PASSWORD, Served

from lamarck.core import DamagedRun, Entry, MissingExtra, PausedRun, UsageError
from lamarck.memory import NGrams, Versions
from lamarck.memory.address import address
from lamarck.memory.postgres import Postgres
from lamarck.memory.shared import Shared


@pytest.fixture
def where(server: Served) -> str:
    """A memory that nobody wrote to."""
    return server.address(uuid.uuid4().hex)


def write(where: str, who: str, notes: int, told: Connection) -> None:
    """A process of its own: it adds a note at a time, forgets one, and says so once that was acknowledged."""
    shared = Shared(where)
    for at in range(notes):
        last = [note(f"{who} last {at - 1}")] if at else []
        shared.add([note(f"{who} note {at}"), note(f"{who} last {at}")], forget=last)
        told.send(at)


@contextmanager
def writer(where: str, who: str, notes: int) -> Generator[tuple[BaseProcess, Connection]]:
    """The process, and what it says."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=write, args=(where, who, notes, there))
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        process.kill()
        process.join(30)


def said(told: Connection) -> int:
    """How many more notes a writer acknowledges until it is gone."""
    for number in itertools.count():
        try:
            told.recv()
        except EOFError:
            return number
    return 0


def texts(entries: Sequence[Entry]) -> list[str]:
    return [each.text for each in entries]


def test_a_write_is_seen_by_others_and_moves_the_head(where: str):
    one, other = Shared(where), Shared(where)
    assert one.version == ""
    first = one.add([note("a"), note("b")])
    assert other.version == first == Versions().commit("", [note("a"), note("b")])
    second = other.add([note("c")], forget=[note("a"), note("never there")])
    assert texts(one.now().entries) == ["b", "c"]
    assert texts(one.versions.open(first).entries) == ["a", "b"]
    assert one.add([]) == one.add([], forget=[note("a")]) == second


def test_a_named_write_is_made_once(where: str):
    shared = Shared(where)
    made = shared.add([note("a")], once="run 1")
    shared.add([note("b")])
    assert Shared(where).add([note("a")], once="run 1") == made
    assert texts(shared.now().entries) == ["a", "b"]


def test_who_is_late_adds_on_top_of_what_others_wrote(where: str, monkeypatch: pytest.MonkeyPatch):
    mine, yours, move = Shared(where), Shared(where), Postgres.move
    mine.add([note("first"), note("old")])
    calls = list[str]()

    def overtaken(self: Postgres, *arguments: object, **named: object) -> bool:
        calls.append("move")
        if len(calls) == 1:
            yours.add([note("theirs")], forget=[note("old")])
        return move(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Postgres, "move", overtaken)
    before = rows(where)
    mine.add([note("mine")], forget=[note("old")])
    assert texts(mine.now().entries) == ["first", "theirs", "mine"]
    assert len(calls) == 3
    assert rows(where) == before + 2, "the attempt that came too late left nothing"


def rows(where: str) -> int:
    with psycopg.connect(address(where).url) as at:
        (number,) = at.execute("SELECT count(*) FROM lamarck.versions").fetchone() or (0,)
    return number


def test_what_a_run_changed_is_published(where: str):
    shared, own = Shared(where), Versions()
    began = shared.add([note("a"), note("b"), note("b")])
    own.take(shared.versions, began)
    after = own.commit(own.commit(began, [note("c"), note("b")]), [note("b")], forget=[note("a"), note("b")])
    Shared(where).add([note("theirs")])
    assert texts(own.open(after).entries) == ["c", "b"]
    shared.publish(own.open(began), own.open(after), once="run")
    assert texts(shared.now().entries) == ["theirs", "c", "b"]
    shared.publish(own.open(began), own.open(after), once="run")
    assert texts(shared.now().entries) == ["theirs", "c", "b"]


def test_what_four_writers_add_at_once_all_arrives(where: str):
    with ExitStack() as stack:
        writers = [stack.enter_context(writer(where, name, 25)) for name in "abcd"]
        assert [said(told) for _, told in writers] == [25] * 4
    found = texts(Shared(where).now().entries)
    for name in "abcd":
        own = [text for text in found if text.startswith(name)]
        assert own == [*(f"{name} note {at}" for at in range(25)), f"{name} last 24"]


def test_writers_that_are_killed_lose_nothing_acknowledged_and_leave_nothing_half(where: str):
    for after in (1, 4, 9):
        with writer(where, f"killed {after}", 5000) as (process, told):
            for _ in range(after):
                told.recv()
            process.kill()
            acknowledged = after + said(told)
        found = [text for text in texts(Shared(where).now().entries) if text.startswith(f"killed {after} ")]
        whole = len(found) - 1
        assert acknowledged <= whole <= acknowledged + 1
        assert found == [*(f"killed {after} note {at}" for at in range(whole)), f"killed {after} last {whole - 1}"]
    Shared(where).add([note("and on it goes")])


def test_two_read_while_one_writes(where: str):
    until, seen = threading.Event(), [list[int](), list[int]()]

    def read(sizes: list[int]) -> None:
        shared, is_last = Shared(where), False
        while not is_last:
            is_last = until.is_set()
            entries = shared.now().entries
            assert texts(entries) == [f"note {at}" for at in range(len(entries))]
            sizes.append(len(entries))

    readers = [threading.Thread(target=read, args=(sizes,)) for sizes in seen]
    for reader in readers:
        reader.start()
    shared = Shared(where)
    for at in range(30):
        shared.add([note(f"note {at}")])
    until.set()
    for reader in readers:
        reader.join(30)
    assert [sizes[-1] for sizes in seen] == [30, 30]
    assert all(sizes == sorted(sizes) for sizes in seen)


def test_a_row_that_was_changed_is_refused_and_written_again(server: Served, where: str):
    shared = Shared(where)
    name = shared.add([note(where)])
    with psycopg.connect(address(where).url, autocommit=True) as at:
        at.execute("UPDATE lamarck.versions SET entries = entries || 'x' WHERE name = %s", (name,))
    with pytest.raises(DamagedRun, match=rf"version {name} in .* is damaged \(its content is not what was committed\)"):
        Shared(where).now()
    assert Versions(Postgres(address(where))).commit("", [note(where)]) == name
    assert texts(Shared(where).now().entries) == [where]


def test_vectors_of_another_embedder_are_refused(where: str):
    Shared(where).add([note("a")])
    with pytest.raises(UsageError, match="has vectors of ngrams-3-5-384"):
        Shared(where, NGrams(size=64)).add([note("b")])


def test_a_server_that_goes_pauses_and_is_used_again_when_it_is_back(server: Served, where: str):
    shared = Shared(where)
    shared.add([note("a")])
    server.stop()
    try:
        with pytest.raises(PausedRun, match=r"the shared memory postgresql://.* is gone"):
            shared.add([note("b")])
        with pytest.raises(UsageError, match="look whether the server is up"):
            Shared(where).now()
    finally:
        server.start()
    shared.add([note("b")])
    assert texts(Shared(where).now().entries) == ["a", "b"]


def test_a_schema_that_was_made_for_a_user_is_enough(server: Served):
    """To make one takes a right on the whole database, which not everybody is given."""
    name = f"d{uuid.uuid4().hex}"
    found = server.address("team", user="visitor").replace("/postgres?", f"/{name}?")
    with psycopg.connect(server.address(), autocommit=True) as at:
        at.execute("CREATE ROLE visitor LOGIN")
        at.execute(f"CREATE DATABASE {name}".encode())
    with psycopg.connect(address(server.address("team").replace("/postgres?", f"/{name}?")).url) as at:
        at.execute("CREATE SCHEMA lamarck AUTHORIZATION visitor")
    with closing(Shared(found)) as shared:
        shared.add([note("here")])
        assert [entry.text for entry in shared.now().entries] == [note("here").text]


def test_passwords_come_from_the_environment_and_are_never_said(server: Served, monkeypatch: pytest.MonkeyPatch):
    locked = server.address("locked", user="locked")
    monkeypatch.setenv("PGPASSWORD", "wrong" + PASSWORD)
    with pytest.raises(UsageError, match="password authentication failed") as caught:
        Shared(locked).add([note("a")])
    assert PASSWORD not in str(caught.value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    shared = Shared(locked)
    shared.add([note("a")])
    assert PASSWORD not in f"{shared.address} {shared.address!r}"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:hunter22@host/db",
        "postgresql://me:hunter22/db",
        "postgresql://host/db?password=hunter22",
        "postgresql://host/db?sslmode=require&sslpassword=hunter22",
        "postgresql://me:hun#ter22@host/db",
        "postgresql://host/db#hunter22 x",
        "mysql://hunter22",
    ],
)
def test_an_address_with_a_password_is_refused_without_showing_it(text: str):
    with pytest.raises(UsageError, match="PGPASSWORD") as caught:
        address(text)
    assert "hun" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("postgresql://host/db#team", "postgresql://host/db", "team"),
        ("postgres://me@host:5433/db", "postgres://me@host:5433/db", "main"),
        (
            "postgresql:///db?host=/run/pg&sslmode=require#a.b-c",
            "postgresql:///db?host=/run/pg&sslmode=require",
            "a.b-c",
        ),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db", "main"),
    ],
)
def test_addresses(text: str, url: str, name: str):
    found = address(text)
    assert (found.url, found.name) == (url, name)
    assert address(str(found)) == found


def test_without_psycopg_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lamarck.memory.postgres.find_spec", dict[str, object]().get)
    with pytest.raises(MissingExtra, match=r"pip install 'lamarck-lm\[postgres\]'"):
        Shared("postgresql://host/db")
