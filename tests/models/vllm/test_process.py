"""A started program ends by its own id, with all that it started, also when Lamarck is gone."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from lamarck.core import UsageError
from lamarck.models.vllm.process import Process, free

MOST_S = 20.0
PARENT = """
import json, os, sys, time
sys.path[:] = json.loads(sys.argv[1])
from pathlib import Path
from lamarck.models.vllm.process import Process
Process(json.loads(sys.argv[2]), os.environ, Path(sys.argv[3]), grace_s=0.5)
print("started", flush=True)
time.sleep(60)
"""


def program(text: str, *words: str) -> list[str]:
    return [sys.executable, "-I", "-c", textwrap.dedent(text), *words]


def pids(file: Path, n: int) -> list[int]:
    """The numbers that programs have written into a file, once all are there."""
    until = time.monotonic() + MOST_S
    while time.monotonic() < until:
        found = file.read_text().split() if file.exists() else []
        if len(found) >= n:
            return [int(one) for one in found]
        time.sleep(0.02)
    raise AssertionError(f"{file} has not {n} numbers")


def gone(pid: int) -> bool:
    """Whether a process has ended, perhaps not yet collected."""
    until = time.monotonic() + MOST_S
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


TREE = """
import os, signal, subprocess, sys, time
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


@pytest.mark.parametrize("manner", ["willing", "stubborn"])
def test_stopping_ends_the_whole_tree(tmp_path: Path, manner: str):
    process = Process(program(TREE, str(tmp_path / "pids"), manner), os.environ, tmp_path / "log", grace_s=0.3)
    tree = pids(tmp_path / "pids", 2)
    assert process.alive
    process.stop()
    assert not process.alive
    assert all(map(gone, tree))
    assert process.stop() == process.stop()


def test_it_is_a_group_of_its_own(tmp_path: Path):
    process = Process(program(TREE, str(tmp_path / "pids"), "willing"), os.environ, tmp_path / "log", grace_s=0.3)
    tree = pids(tmp_path / "pids", 2)
    assert {os.getpgid(pid) for pid in tree} == {process.pid} != {os.getpgid(0)}
    process.stop()


def test_an_end_of_its_own_is_seen_with_its_code_and_words(tmp_path: Path):
    process = Process(program("print('so long'); raise SystemExit(7)"), os.environ, tmp_path / "log")
    until = time.monotonic() + MOST_S
    while process.alive and time.monotonic() < until:
        time.sleep(0.02)
    assert not process.alive
    assert process.stop() == 7
    assert "so long" in (tmp_path / "log").read_text()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_program_that_cannot_be_run_says_so_in_its_log(tmp_path: Path):
    process = Process([str(tmp_path / "nothing")], os.environ, tmp_path / "log")
    until = time.monotonic() + MOST_S
    while process.alive and time.monotonic() < until:
        time.sleep(0.02)
    assert process.stop() == 127
    assert "cannot be run" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("victim", ["parent", "keeper"])
def test_it_ends_when_lamarck_is_killed(tmp_path: Path, victim: str):
    words = json.dumps(program(TREE, str(tmp_path / "pids"), "willing"))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(sys.path), words, str(tmp_path / "log")], stdout=subprocess.PIPE
    )
    tree = pids(tmp_path / "pids", 2)
    if victim == "keeper":
        if sys.platform != "linux":
            pytest.skip("only Linux ends a process with the one that started it")
        os.kill(os.getpgid(tree[0]), signal.SIGKILL)
        assert gone(tree[0])
    parent.kill()
    parent.communicate()
    assert gone(tree[0])
    if victim == "parent":
        assert gone(tree[1])
    else:
        os.kill(tree[1], signal.SIGKILL)


def test_a_port_that_is_taken_is_named():
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is taken .*--vllm port=0"):
            free(port)
    assert 0 < free(0) < 65536
