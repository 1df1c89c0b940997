"""A champion rolled back remembers the same rows and gives the same answers, read from the disk alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from lamarck import testing
from lamarck.core import By, Entry, Learner, Phase, Verdict
from lamarck.memory import ReadOnly, Version, Versions
from lamarck.store import RunInfo, RunReader, RunStore
from lamarck.store.disk import Disk
from lamarck.store.pointer import move


def said(rng: Random) -> str:
    return " ".join("".join(rng.choices("abcde", k=4)) for _ in range(6))


def rows(memory: Version) -> str:
    """One digest over all entries, whatever their order."""
    return hashlib.sha256("\n".join(sorted(map(repr, memory.entries))).encode()).hexdigest()


def answers(memory: Version, queries: list[str]) -> list[list[Entry]]:
    """To each query, by meaning, by words and by both."""
    return [memory.search(query, 5, by=by) for query in queries for by in get_args(By)]


def evolved(path: Path, n: int) -> tuple[str, str]:
    """A finished run whose champion remembers other things than the one before. Out: both versions of the memory."""
    rng = Random(n)
    old = [Entry(text=said(rng), kind=str(at % 7), source=f"toy/{at}") for at in range(n)]
    info = RunInfo(recipe="mot", learner="scripted/0.6", environment="toy")
    with RunStore.hold(path, info) as store:
        versions = Versions(Disk(store.root))
        before = versions.commit("", old)
        stale = [replace(each, status="superseded: it no longer holds") for each in old[::3]]
        after = versions.commit(before, [*stale, *(Entry(text=said(rng), kind="3") for _ in old)], forget=old[::3])
        base = testing.context(learner="scripted/0.6").learner
        store.progress(base=store.keep(base))
        for number, memory in enumerate((before, after), 1):
            learner = replace(base, memory=memory, parent=base.hash)
            ruled = Verdict(decision="promoted", champion=learner.hash, best=learner.hash)
            store.commit(Phase(stage=0, round=number, name="updating"), Learner, lambda made=learner: made)
            store.commit(Phase(stage=0, round=number, name="verdict"), Verdict, lambda made=ruled: made)
            store.progress(status="done", champion=learner.hash)
    return before, after


@pytest.mark.parametrize("n", [200, pytest.param(20_000, marks=pytest.mark.slow)])
def test_rollback_brings_back_the_same_rows_and_the_same_answers(tmp_path: Path, n: int):
    before, after = evolved(tmp_path, n)
    queries = [said(Random(-at)) for at in range(100)]

    def remembered() -> Version:
        """What the champion remembers, read from the disk alone."""
        reader = RunReader(tmp_path)
        return Versions(ReadOnly(tmp_path)).open(reader.learner(reader.info.champion).memory)

    fresh = Versions(ReadOnly(tmp_path)).open(before)
    wanted, told = rows(fresh), answers(fresh, queries)
    assert remembered().name == after
    assert rows(remembered()) != wanted
    assert answers(remembered(), queries) != told
    move(tmp_path, "rollback", who="a test")
    assert remembered().name == before
    assert rows(remembered()) == wanted
    assert answers(remembered(), queries) == told
