"""A kill, a full disk or damage at any place leaves whole versions or none, and says which file."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.memory.given import entry
from tests.store.test_crash import Killed, fail_at

from lamarck.core import DamagedRun, PausedRun
from lamarck.memory import MEMORY, Versions
from lamarck.store.disk import Disk, sweep

FIRST, SECOND = [entry("3+4"), entry("5-1", answer="4")], [entry("2*2", answer="4")]


def two_commits(disk: Disk) -> list[str]:
    versions = Versions(disk)
    one = versions.commit("", FIRST)
    return [one, versions.commit(one, SECOND, forget=FIRST[:1])]


def steps(root: Path) -> list[str]:
    """The system calls of two commits."""
    names = list[str]()
    two_commits(Disk(root, lambda name, _: names.append(name)))
    return names


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_a_kill_at_any_step_leaves_whole_versions_or_nothing(tmp_path: Path):
    total = steps(tmp_path / "whole")
    assert {"open", "write", "fsync", "rename", "sync", "mkdir"} <= set(total)
    names = two_commits(Disk(tmp_path / "whole"))
    found = set[int]()
    for number in range(len(total)):
        root = tmp_path / str(number)
        with pytest.raises(Killed):
            two_commits(Disk(root, fail_at(number, Killed)))
        there = [name for name in names if (root / MEMORY / name / "version.json").exists()]
        found.add(len(there))
        for name in there:
            assert list(Versions(Disk(root)).open(name).entries) == list(
                Versions(Disk(tmp_path / "whole")).open(name).entries
            )
        sweep(root)
        assert two_commits(Disk(root)) == names
        assert files(root) == files(tmp_path / "whole")
    assert found == {0, 1, 2}


def test_a_full_disk_pauses_and_goes_on_where_room_was_made(tmp_path: Path):
    for number in range(len(steps(tmp_path / "whole"))):
        root = tmp_path / str(number)
        with pytest.raises(PausedRun, match="no space left"):
            two_commits(Disk(root, fail_at(number, lambda: OSError(errno.ENOSPC, "No space left"))))
        assert not list(root.rglob("*.tmp*"))
        two_commits(Disk(root))
        assert files(root) == files(tmp_path / "whole")


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "empty"])
@pytest.mark.parametrize("file", ["entries.jsonl", "vectors.npy", "version.json"])
def test_a_damaged_file_is_named_and_written_again(tmp_path: Path, file: str, harm: str):
    one, two = two_commits(Disk(tmp_path))
    whole, path = files(tmp_path), tmp_path / MEMORY / one / file
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        at = len(data) // 2
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        path.write_bytes({"cut": data[:at], "changed": changed, "empty": b""}[harm])
    for name in (one, two):  # the child cannot be read without its parent
        with pytest.raises(DamagedRun) as caught:
            Versions(Disk(tmp_path)).open(name)
        assert str(path) in str(caught.value)
        assert f"lamarck resume {tmp_path} --repair" in str(caught.value)
    assert two_commits(Disk(tmp_path)) == [one, two]
    assert files(tmp_path) == whole


def test_a_card_of_another_version_is_refused(tmp_path: Path):
    one, two = two_commits(Disk(tmp_path))
    cards = [tmp_path / MEMORY / name / "version.json" for name in (one, two)]
    cards[1].write_bytes(cards[0].read_bytes())
    with pytest.raises(DamagedRun, match=f"is the card of version {one}"):
        Versions(Disk(tmp_path)).open(two)


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path):
    one, _ = two_commits(Disk(tmp_path))
    path = tmp_path / MEMORY / one / "entries.jsonl"
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedRun, match=r"entries\.jsonl cannot be read"):
        Versions(Disk(tmp_path)).open(one)
