"""Versions: named by what they hold, all of them readable, the same in a folder as without."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.memory.given import entry, note
from tests.store.given import EXPERIENCES, TEXT

from lamarck.core import Entry, UsageError
from lamarck.memory import MEMORY, NGrams, ReadOnly, Versions
from lamarck.store.disk import Disk

FIRST, SECOND = [entry("3+4"), entry("5-1", answer="4")], [entry("2*2", answer="4")]


def texts(versions: Versions, name: str) -> list[str]:
    return [e.text for e in versions.open(name).entries]


def test_a_version_is_its_parent_and_what_was_added(tmp_path: Path):
    versions = Versions(Disk(tmp_path))
    one = versions.commit("", FIRST)
    two = versions.commit(one, SECOND)
    for reader in (versions, Versions(Disk(tmp_path))):
        assert list(reader.open(two).entries) == [*FIRST, *SECOND]
        assert list(reader.open(one).entries) == FIRST  # rolled back
        assert list(reader.open("").entries) == []


def test_the_same_commit_gives_the_same_name_and_writes_nothing(tmp_path: Path):
    written = list[Path]()
    disk = Disk(tmp_path, lambda step, path: written.append(path))
    one = Versions(disk).commit("", FIRST)
    assert written
    written.clear()
    assert Versions(disk).commit("", FIRST) == one == Versions().commit("", FIRST)
    assert not written


def test_every_difference_gives_another_name():
    versions = Versions()
    one = versions.commit("", FIRST)
    names = [
        one,
        versions.commit("", FIRST[::-1]),
        versions.commit("", FIRST[:1]),
        versions.commit(one, FIRST),
        versions.commit("", [replace(FIRST[0], kind="rule"), FIRST[1]]),
        versions.commit(one, [], forget=FIRST[:1]),
        versions.commit(one, SECOND, forget=FIRST[:1]),
        versions.commit(one, SECOND),
        Versions(embedder=NGrams(size=64)).commit("", FIRST),
    ]
    assert len(set(names)) == len(names)


def test_nothing_to_commit_is_the_same_version():
    versions = Versions()
    assert versions.commit("", []) == ""
    one = versions.commit("", FIRST)
    assert versions.commit(one, []) == one


def test_what_is_forgotten_is_gone_from_there_on(tmp_path: Path):
    versions = Versions(Disk(tmp_path))
    one = versions.commit("", [*FIRST, *SECOND, *FIRST])
    two = versions.commit(one, [note("a rule")], forget=FIRST[:1])
    three = versions.commit(two, [], forget=[note("a rule"), SECOND[0]])
    for reader in (versions, Versions(Disk(tmp_path))):
        assert texts(reader, two) == ["5-1", "2*2", "5-1", "a rule"]
        assert texts(reader, three) == ["5-1", "5-1"]
        assert texts(reader, one) == ["3+4", "5-1", "2*2", "3+4", "5-1"]
        assert reader.open(two).search("3+4", 9)[0].text != "3+4"
        assert [e.text for e in reader.open(three).search("5-1", 9)] == ["5-1", "5-1"]
        assert (reader.open(two).vectors == NGrams()(texts(reader, two))).all()


def test_forgetting_what_is_not_there_is_refused():
    versions = Versions()
    one = versions.commit("", FIRST)
    with pytest.raises(UsageError, match=r"holds no such entry to forget: '2\*2'"):
        versions.commit(one, [], forget=SECOND)


def test_long_chains_open():
    versions, name = Versions(), ""
    for number in range(1500):
        name = versions.commit(name, [note(f"note {number}")])
    assert texts(versions, name) == [f"note {number}" for number in range(1500)]
    assert versions.open(name).search("note 777", 1) == [note("note 777")]


def test_a_long_chain_opens_from_its_files(tmp_path: Path):
    versions, name = Versions(Disk(tmp_path)), ""
    for number in range(60):
        name = versions.commit(name, [note(f"note {number}")])
    assert len(texts(Versions(Disk(tmp_path)), name)) == 60


@given(text=TEXT, kind=TEXT, key=TEXT, source=TEXT, experience=st.none() | EXPERIENCES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_entry_comes_back_exactly(tmp_path: Path, **fields: object):
    given = Entry(**fields)  # type: ignore[arg-type]
    name = Versions(Disk(tmp_path)).commit("", [given, note("another", "rule")])
    memory = Versions(Disk(tmp_path)).open(name)
    assert list(memory.entries) == [given, note("another", "rule")]
    assert memory.search("x", 9, kind="rule" if given.kind != "rule" else "no") in ([note("another", "rule")], [])


def test_a_number_that_is_none_is_named(tmp_path: Path):
    bad = entry("3+4")
    assert bad.experience
    bad = replace(bad, experience=replace(bad.experience, weight=math.nan))
    with pytest.raises(UsageError, match=r"memory entry toy/3\+4: experience\.weight: nan is no finite number"):
        Versions(Disk(tmp_path)).commit("", [bad])
    assert not (tmp_path / MEMORY).exists()


@pytest.mark.parametrize("name", ["0123456789abcdef", "../../etc", "", "x" * 16])
def test_a_version_there_is_not(name: str):
    if name:
        with pytest.raises(UsageError, match="unknown version of the memory"):
            Versions().open(name)
    else:
        assert not len(Versions().open(name).entries)


def test_no_name_leads_out_of_the_folder(tmp_path: Path):
    with pytest.raises(UsageError, match="unknown version of the memory"):
        Versions(Disk(tmp_path)).open("../memory/abc")


def test_vectors_of_another_embedder_are_refused(tmp_path: Path):
    name = Versions(Disk(tmp_path)).commit("", FIRST)
    with pytest.raises(UsageError, match="has vectors of ngrams-3-5-384, and this run reads them with ngrams-3-5-64"):
        Versions(Disk(tmp_path), NGrams(size=64)).open(name)


def test_vectors_are_mapped_from_a_plain_file(tmp_path: Path):
    name = Versions(Disk(tmp_path)).commit("", FIRST)
    kept = np.load(tmp_path / MEMORY / name / "vectors.npy")
    assert kept.dtype == np.float32
    assert (kept == NGrams()(["3+4", "5-1"])).all()
    base: Any = Versions(Disk(tmp_path)).open(name).vectors
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, memoryview)
    assert isinstance(base.obj, mmap)


def test_a_version_of_another_run_becomes_this_runs_own(tmp_path: Path):
    there, here = Versions(Disk(tmp_path / "there")), Versions(Disk(tmp_path / "here"))
    name = there.commit(there.commit("", [Entry(text="one")]), [Entry(text="two")])
    here.take(Versions(ReadOnly(tmp_path / "there")), name)
    shutil.rmtree(tmp_path / "there")
    assert [entry.text for entry in Versions(Disk(tmp_path / "here")).open(name).entries] == ["one", "two"]


def test_another_runs_memory_is_not_written_to(tmp_path: Path):
    with pytest.raises(UsageError, match="belongs to another run"):
        Versions(ReadOnly(tmp_path)).commit("", [Entry(text="one")])


def test_another_runs_version_becomes_ones_own(tmp_path: Path):
    there, here = tmp_path / "there", tmp_path / "here"
    one = Versions(Disk(there)).commit("", FIRST)
    two = Versions(Disk(there)).commit(one, SECOND)
    Versions(Disk(here)).take(Versions(ReadOnly(there)), two)
    shutil.rmtree(there)
    assert texts(Versions(Disk(here)), two) == ["3+4", "5-1", "2*2"]
    assert texts(Versions(Disk(here)), one) == ["3+4", "5-1"]


def test_another_runs_memory_is_looked_at_only(tmp_path: Path):
    name = Versions(Disk(tmp_path)).commit("", FIRST)
    assert texts(Versions(ReadOnly(tmp_path)), name) == ["3+4", "5-1"]
    with pytest.raises(UsageError, match="belongs to another run"):
        Versions(ReadOnly(tmp_path)).commit(name, SECOND)


def test_a_folder_from_before_entries_had_a_stream_loads(tmp_path: Path):
    """Byte for byte what was written then: the name, the lines, and what can be forgotten."""
    old = b'{"text":"3+4","kind":"rule","key":"k","source":"s","experience":null}\n'
    name = Versions(Disk(tmp_path)).commit("", [Entry(text="3+4", kind="rule", key="k", source="s")])
    assert (tmp_path / MEMORY / name / "entries.jsonl").read_bytes() == old
    (found,) = Versions(Disk(tmp_path)).open(name).entries
    assert (found.stream, found.round, found.support, found.status) == ("", 0, 0.0, "")
    versions = Versions(Disk(tmp_path))
    assert texts(versions, versions.commit(name, [], forget=[found])) == []


def test_what_entries_say_of_themselves_is_kept(tmp_path: Path):
    full = Entry(text="3+4", stream="ann", round=3, support=1.5, status="superseded: wrong")
    name = Versions(Disk(tmp_path)).commit("", [full])
    assert list(Versions(Disk(tmp_path)).open(name).entries) == [full]
