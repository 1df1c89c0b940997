"""A dialogue's own writes: seen by itself, by nobody else, and handed over as data."""

import pytest
from tests.memory.given import entry, note

from lamarck.core import UsageError
from lamarck.memory import Session, Versions

KNOWN = [entry("3+4"), entry("5-1", answer="4")]


def begun() -> tuple[Versions, str, Session]:
    versions = Versions()
    name = versions.commit("", KNOWN)
    return versions, name, versions.open(name).session("monday")


def test_what_is_written_is_found_in_the_dialogue_alone():
    versions, name, session = begun()
    session.add(note("Ann lives in Rome", "fact"))
    assert session.search("where does Ann live", 1) == [note("Ann lives in Rome", "fact")]
    assert [note("Ann lives in Rome", "fact")] in session.spread("Ann", 1, 3)
    for other in (versions.open(name), versions.open(name).session("tuesday")):
        assert list(other.entries) == KNOWN
        assert other.search("Ann", 5, kind="fact") == []


def test_its_writes_leave_as_data_and_make_a_version():
    versions, name, session = begun()
    session.add(note("Ann lives in Rome"), note("Ann has a cat"))
    session.forget(note("Ann lives in Rome"), KNOWN[0])
    session.add(note("Ann moved to Oslo"))
    assert session.writes == (note("Ann has a cat"), note("Ann moved to Oslo"))
    assert session.forgotten == (KNOWN[0],)
    made = versions.commit(name, session.writes, forget=session.forgotten)
    assert list(versions.open(made).entries) == list(session.entries)


def test_forgetting_what_is_not_there_is_refused_and_changes_nothing():
    _, _, session = begun()
    session.forget(KNOWN[0])
    with pytest.raises(UsageError, match="holds no such entry"):
        session.forget(KNOWN[0])
    assert (session.writes, session.forgotten, list(session.entries)) == ((), (KNOWN[0],), KNOWN[1:])


def test_an_entry_forgotten_and_written_again_is_there():
    versions, name, session = begun()
    session.forget(KNOWN[0])
    session.add(KNOWN[0])
    made = versions.commit(name, session.writes, forget=session.forgotten)
    assert list(versions.open(made).entries) == list(session.entries) == [KNOWN[1], KNOWN[0]]


def test_an_overlay_on_an_overlay():
    _, _, session = begun()
    session.add(note("one"))
    inner = session.session("inner")
    inner.add(note("two"))
    assert [e.text for e in inner.entries] == ["3+4", "5-1", "one", "two"]
    assert [e.text for e in session.entries] == ["3+4", "5-1", "one"]
    assert inner.writes == (note("two"),)
