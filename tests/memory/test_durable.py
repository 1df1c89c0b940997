"""What was acknowledged stays: killed writers, readers beside a writer, and the way back."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from tests.memory.writer import texts

from lamarck import testing
from lamarck.core import By, Entry, Learner, Phase, Verdict
from lamarck.memory import MEMORY, ReadOnly, Version, Versions
from lamarck.store import RunInfo, RunReader, RunStore
from lamarck.store.disk import Disk, sweep
from lamarck.store.pointer import move

MANY = 100_000
"""Versions that no writer here comes to the end of."""


@contextmanager
def writing(root: Path, versions: int) -> Generator[subprocess.Popen[str]]:
    """A process that writes so many versions; it is gone afterwards."""
    words = [sys.executable, "-m", "tests.memory.writer", str(root), str(versions)]
    path = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}) as process:
        try:
            yield process
        finally:
            process.kill()


def killed(root: Path, after: int) -> list[str]:
    """The names that a writer acknowledged before it was killed, which was when it had said so many."""
    with writing(root, MANY) as process:
        assert process.stdout
        names = [process.stdout.readline().strip() for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        names += process.stdout.read().split()  # it went on until the signal came
        assert process.wait() == -signal.SIGKILL
    return names


@pytest.mark.parametrize("after", [7, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 23, 60, 150, 400))])
def test_a_writer_that_is_killed_loses_nothing_it_acknowledged(tmp_path: Path, after: int):
    names = killed(tmp_path, after)
    assert len(names) >= after
    there = Versions(Disk(tmp_path))
    for number in {*range(0, len(names), 1 + len(names) // 20), len(names) - 1}:
        assert [each.text for each in there.open(names[number]).entries] == texts(number)
    sweep(tmp_path)
    more = there.commit(names[-1], [Entry(text="after the kill")])
    assert [each.text for each in Versions(Disk(tmp_path)).open(more).entries] == [
        *texts(len(names) - 1),
        "after the kill",
    ]


@pytest.mark.parametrize("versions", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_two_readers_beside_a_writer_see_whole_versions_alone(tmp_path: Path, versions: int):
    over = threading.Event()

    def read() -> set[int]:
        """The sizes of all that could be seen, whether it was acknowledged yet or not."""
        sizes, is_last = set[int](), False
        while not is_last:
            is_last = over.is_set()  # and once more
            cards = sorted((tmp_path / MEMORY).glob("*/version.json"))
            memories = Versions(ReadOnly(tmp_path))
            for card in cards[:: 1 + len(cards) // 10] if not is_last else cards:
                memory = memories.open(card.parent.name)
                held = [each.text for each in memory.entries]
                number = int(held[-1].split()[1])
                assert held == texts(number)
                assert memory.search(held[-1], 1)[0].text == held[-1]
                sizes.add(number)
        return sizes

    with ThreadPoolExecutor(2) as readers, writing(tmp_path, versions) as process:
        seen = [readers.submit(read) for _ in range(2)]
        try:
            assert process.stdout
            names = process.stdout.read().split()
        finally:
            over.set()
        assert len(names) == versions
        assert all(each.result() == set(range(versions)) for each in seen)


# --- the way back ---


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
