"""Whatever keeps a memory, it answers alike: in this process, in a folder, in a Postgres server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from tests.memory.given import entry, note
from tests.memory.served import Served
from tests.memory.test_search import words

from lamarck.core import By, DamagedRun, Entry, UsageError
from lamarck.memory import NGrams, Version, Versions
from lamarck.memory.address import address
from lamarck.memory.files import Keep
from lamarck.memory.postgres import Postgres
from lamarck.store.disk import Disk

Kept = Callable[[], Disk | Keep | None]
FIRST, SECOND = [entry("3+4"), entry("5-1", answer="4")], [entry("2*2", answer="4")]
TEXTS, QUERIES = words(300), words(6, seed=6)


@pytest.fixture(params=["folder", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Opens the same place again and again, each time as another process would."""
    if request.param == "folder":
        return lambda: Disk(tmp_path)
    server: Served = request.getfixturevalue("server")
    return lambda: Postgres(address(server.address()))


def built(keep: Disk | Keep | None) -> tuple[Versions, list[str]]:
    """Versions of several commits, with kinds, what is superseded, and what is forgotten."""
    versions, names = Versions(keep), [""]
    notes = [Entry(text=text, kind=("fact", "rule", "")[at % 3], round=at) for at, text in enumerate(TEXTS)]
    notes[7] = replace(notes[7], status="superseded: no longer so")
    for at in range(0, 300, 100):
        gone = [notes[at - 5], notes[3]] if at == 100 else ()
        names.append(versions.commit(names[-1], [*notes[at : at + 100], entry(f"{at}+1")], forget=gone))
    return versions, names


def answers(memory: Version) -> list[list[str]]:
    """All that can be asked of a version."""
    found = [[e.text for e in memory.entries]]
    for query in QUERIES:
        found += [
            [e.text for e in memory.search(query, 7, by=by, kind=kind)] for by in get_args(By) for kind in ("", "rule")
        ]
        found.append([e.text for e in memory.search(query, 7, where=lambda e: e.round % 2 == 0, superseded=True)])
        found.append([e.text for e in memory.search(query, 7, within=memory.bucket(query))])
    found += [[e.text for e in group] for query in QUERIES[:5] for group in memory.spread(query, 2, 3, kind="fact")]
    talk = memory.session("ann")
    talk.add(note("something quite new"))
    talk.forget(memory.entries[0])
    return [*found, [e.text for e in talk.search("quite new", 3)], [e.text for e in talk.search(TEXTS[0], 3)]]


def test_every_store_gives_the_same_names_and_the_same_answers(kept: Kept):
    plain, wanted = built(None)
    _, names = built(kept())
    assert names == wanted
    opened = Versions(kept())
    for name in names[1:]:
        assert answers(opened.open(name)) == answers(plain.open(name))
    assert list(opened.open(names[1]).entries) == list(plain.open(names[1]).entries)
    assert (opened.open(names[-1]).vectors == plain.open(names[-1]).vectors).all()


def test_a_version_is_its_parent_and_what_was_added(kept: Kept):
    versions = Versions(kept())
    one = versions.commit("", [*FIRST, *SECOND])
    two = versions.commit(one, [note("a rule")], forget=FIRST[:1])
    assert Versions(kept()).commit("", [*FIRST, *SECOND]) == one
    for reader in (versions, Versions(kept())):
        assert list(reader.open(two).entries) == [FIRST[1], *SECOND, note("a rule")]
        assert list(reader.open(one).entries) == [*FIRST, *SECOND]
        assert list(reader.open("").entries) == []
        assert reader.commit(two, []) == two
        with pytest.raises(UsageError, match=r"holds no such entry to forget: '3\+4'"):
            reader.commit(two, [], forget=FIRST[:1])


def test_what_cannot_be_opened_is_said(kept: Kept):
    with pytest.raises(DamagedRun, match=r"0123456789abcdef.* is missing"):
        Versions(kept()).open("0123456789abcdef")
    for name in ("../../etc", "x' OR '1'='1"):
        with pytest.raises(UsageError, match="unknown version of the memory"):
            Versions(kept()).open(name)
    name = Versions(kept()).commit("", FIRST)
    with pytest.raises(UsageError, match="has vectors of ngrams-3-5-384, and this run reads them with ngrams-3-5-64"):
        Versions(kept(), NGrams(size=64)).open(name)


def test_a_long_chain_opens(kept: Kept):
    versions, name = Versions(kept()), ""
    for number in range(60):
        name = versions.commit(name, [note(f"note {number}")])
    assert [e.text for e in Versions(kept()).open(name).entries] == [f"note {number}" for number in range(60)]


def test_a_version_moves_from_store_to_store(kept: Kept, tmp_path: Path):
    there, here = Versions(kept()), Versions(Disk(tmp_path / "here"))
    name = there.commit(there.commit("", FIRST), SECOND)
    here.take(Versions(kept()), name)
    assert list(Versions(Disk(tmp_path / "here")).open(name).entries) == [*FIRST, *SECOND]
