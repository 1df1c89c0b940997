from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.given import INFO

from lamarck.core import HeldRun
from lamarck.store import RunReader, RunStore
from lamarck.store.lock import Lock

HOLDER = """
import os, sys, time
from pathlib import Path
from lamarck.store.lock import Lock
lock = Lock(Path(sys.argv[1]))
if not os.fork():
    print(os.getpid(), flush=True)  # the child has run what Python runs after a fork
time.sleep(60)
"""


def test_the_second_is_told_who_holds_the_run(tmp_path: Path):
    with RunStore.hold(tmp_path / "run", INFO):
        with pytest.raises(HeldRun, match=f"is held by process {os.getpid()}; .*kill {os.getpid()}") as caught:
            RunStore.hold(tmp_path / "run", INFO)
        assert caught.value.exit_code == 5
        with pytest.raises(HeldRun):
            RunStore.repair(tmp_path / "run")
        assert RunReader(tmp_path / "run").info.status == "running"  # reading needs no lock
    RunStore.hold(tmp_path / "run", INFO).close()


def test_a_lock_ends_with_its_process_even_where_a_child_lives_on(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(HeldRun, match=f"process {holder.pid};"):
                Lock(tmp_path)
            holder.kill()
            holder.wait()
            Lock(tmp_path).close()
        finally:
            holder.kill()
            os.kill(child, signal.SIGKILL)
