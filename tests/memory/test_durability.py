"""What a commit has acknowledged stays, whoever is killed; many read while one writes; rolled back is as it was."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.memory.given import note
from tests.memory.test_search import words

from lamarck.memory import ReadOnly, Version, Versions, line
from lamarck.store.disk import Disk, sweep

WRITER = """
import sys
from pathlib import Path
from lamarck.core import Entry
from lamarck.memory import Versions
from lamarck.store.disk import Disk

root, total, each = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
versions, name = Versions(Disk(root)), ""
for at in range(0, total, each):
    name = versions.commit(name, [Entry(text=f"note {i}", source=str(i)) for i in range(at, at + each)])
    print(name, flush=True)
"""


def killed(root: Path, total: int, each: int, after: int) -> list[str]:
    """The versions that a process acknowledged before it was killed, some time after so many."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(total), str(each)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        told = [process.stdout.readline().strip() for _ in range(after)]
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().splitlines()
    return [name for name in told if len(name) == 16]


def unharmed(root: Path, total: int, each: int, after: int) -> None:
    names = killed(root, total, each, after)
    assert after <= len(names) < total // each, "it must be killed on the way"
    sweep(root)
    versions = Versions(Disk(root))
    last = versions.open(names[-1])
    assert [entry.text for entry in last.entries] == [f"note {i}" for i in range(len(names) * each)]
    assert len(versions.open(names[0]).entries) == each
    more = versions.commit(names[-1], [note("one more")])
    assert len(Versions(ReadOnly(root)).open(more).entries) == len(last.entries) + 1


def test_a_kill_loses_no_acknowledged_write(tmp_path: Path):
    unharmed(tmp_path, 2000, 10, 5)


@pytest.mark.slow
@pytest.mark.parametrize("after", [3, 40, 77])
def test_a_kill_during_ten_thousand_writes_loses_no_acknowledged_one(tmp_path: Path, after: int):
    unharmed(tmp_path, 10_000, 100, after)


def digest(version: Version) -> str:
    """Over the rows, in whatever order they are."""
    return hashlib.sha256(b"\n".join(sorted(line(entry) for entry in version.entries))).hexdigest()


def answers(version: Version, queries: list[str]) -> list[list[str]]:
    found = [[e.text for e in version.search(query, 5, by="both")] for query in queries]
    return found + [[e.text for group in version.spread(query, 2, 3) for e in group] for query in queries[:5]]


def test_rolled_back_holds_the_same_rows_and_gives_the_same_answers(tmp_path: Path):
    texts, queries = words(400), words(100, seed=6)
    versions = Versions(Disk(tmp_path))
    one = versions.commit("", [note(text) for text in texts[:300]])
    before = digest(versions.open(one)), answers(versions.open(one), queries)
    two = versions.commit(one, [note(text) for text in texts[300:]], forget=[note(text) for text in texts[:50]])
    assert digest(versions.open(two)) != before[0]
    assert answers(versions.open(two), queries) != before[1]
    for reader in (versions, Versions(ReadOnly(tmp_path))):
        assert (digest(reader.open(one)), answers(reader.open(one), queries)) == before


def _read(root: str, name: str, until: str) -> None:
    """Open again and again what is there, until a file says that it is enough."""
    wanted, rounds = [f"note {i}" for i in range(50)], 0
    while not os.path.exists(until) or not rounds:  # noqa: PTH110
        memory = Versions(ReadOnly(Path(root))).open(name)
        assert [e.text for e in memory.entries] == wanted
        assert memory.search("note 7", 1, by="words")[0].text == "note 7"
        rounds += 1


def test_two_processes_read_while_one_writes(tmp_path: Path):
    root, until = tmp_path / "run", tmp_path / "enough"
    versions = Versions(Disk(root))
    name = first = versions.commit("", [note(f"note {i}") for i in range(50)])
    context = multiprocessing.get_context("fork")
    readers = [context.Process(target=_read, args=(str(root), first, str(until))) for _ in range(2)]
    for reader in readers:
        reader.start()
    for at in range(30):
        name = versions.commit(name, [note(f"more {at}")])
    until.touch()
    for reader in readers:
        reader.join(60)
    assert [reader.exitcode for reader in readers] == [0, 0]
    assert len(Versions(ReadOnly(root)).open(name).entries) == 80
