"""Lines that are added to a file: none is lost, none is torn."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lamarck.core import UsageError
from lamarck.data.appending import BACK, appended

WRITER = """
import sys
from pathlib import Path
from lamarck.data.appending import appended
n = 0
while True:
    appended(Path(sys.argv[1]), f'{{"n": {n}, "pad": "{"x" * 5000}"}}')
    print(n, flush=True)
    n += 1
"""


def test_lines_of_many_threads_are_all_whole(tmp_path: Path):
    path = tmp_path / "said.jsonl"

    def add(who: int) -> None:
        for n in range(20):
            appended(path, f"[{who}, {n}]")

    threads = [threading.Thread(target=add, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.read_text().splitlines()) == sorted(f"[{who}, {n}]" for who in range(4) for n in range(20))
    assert path.stat().st_mode & 0o077 == 0


def test_a_killed_writer_loses_no_line_that_it_acknowledged(tmp_path: Path):
    path = tmp_path / "said.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    told = [writer.stdout.readline() for _ in range(5)]
    os.kill(writer.pid, signal.SIGKILL)
    told += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    appended(path, '"after"')
    lines = path.read_text().splitlines()
    assert len([line for line in told if line.endswith("\n")]) <= len(lines) - 1
    assert lines[-1] == '"after"'
    assert all(line.endswith("}") for line in lines[:-1])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "1\n"),
        ('{"a": 2}', '{"a": 2}\n1\n'),  # whole, its end is missing
        ('{"a": 2}\n{"a": ', '{"a": 2}\n1\n'),  # torn
        ('{"a": ', "1\n"),
        ('{"a": 2}\n{"b": "' + "x" * (2 * BACK), '{"a": 2}\n1\n'),
        ('{"a": 2}\n\n', '{"a": 2}\n\n1\n'),
    ],
)
def test_what_an_unfinished_line_becomes(tmp_path: Path, before: str, after: str):
    path = tmp_path / "said.jsonl"
    path.write_text(before)
    appended(path, "1")
    assert path.read_text() == after


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "said.jsonl"
    appended(path, "1")
    writing = os.write

    def full(descriptor: int, data: bytes, /) -> int:
        if len(data) > 3:
            return writing(descriptor, data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UsageError, match=r"said.jsonl cannot be written \(No space left on device\)"):
        appended(path, "22222")
    assert path.read_text() == "1\n"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match=r"nowhere/said.jsonl cannot be written \(No such file or directory\)"):
        appended(tmp_path / "nowhere" / "said.jsonl", "1")
