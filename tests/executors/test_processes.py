import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lamarck.core import LamarckError
from lamarck.executors.processes import Processes, WorkerDied

PARENT = """
import os, sys, time
from lamarck.executors.processes import Processes
pool = Processes(2)
print(*(pool.submit(os.getpid).result() for _ in range(2)), flush=True)
for _ in range(2):
    pool.submit(time.sleep, 60)
time.sleep(60)
"""


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " not in stat.read_text()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")
def test_killing_the_parent_leaves_no_worker_even_in_a_long_call() -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=env) as parent:
        assert parent.stdout
        workers = {int(word) for word in parent.stdout.readline().split()}
        assert all(map(_alive, workers))
        parent.kill()
    until = time.monotonic() + 10
    while any(map(_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_alive, workers))


def test_results_errors_and_notes_come_back() -> None:
    with Processes(2) as pool:
        futures = [pool.submit(divmod, n, 7) for n in range(20)]
        wrong = pool.submit(int, "x")
        assert [future.result() for future in futures] == [divmod(n, 7) for n in range(20)]
        with pytest.raises(ValueError, match="invalid literal") as caught:
            wrong.result()
        assert "worker process" in caught.value.__notes__[0]


def test_workers_have_one_thread_and_start_with_the_first_call() -> None:
    before = threading.active_count()
    with Processes(1) as pool:
        assert threading.active_count() == before
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
        assert pool.submit(os.getpid).result() != os.getpid()


def test_a_function_given_by_name_is_imported_by_the_worker_only() -> None:
    with Processes(1) as pool:
        assert pool.submit("tabnanny:format_witnesses", [(4, 1)]).result() == "at tab size 4"
        assert "tabnanny" not in sys.modules
        with pytest.raises(AttributeError, match="nothing"):
            pool.submit("tabnanny:nothing").result()


def test_a_killed_worker_is_named_and_replaced() -> None:
    with Processes(1) as pool:
        pid = pool.submit(os.getpid).result()
        sleeping = pool.submit(time.sleep, 60)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerDied, match=r"by signal SIGKILL while it ran time:sleep.*use fewer workers"):
            sleeping.result()
        assert pool.submit(os.getpid).result() != pid


def test_what_cannot_be_sent_is_an_error_not_a_hang() -> None:
    with Processes(1) as pool:
        with pytest.raises(Exception, match="pickle"):
            pool.submit(lambda: 1).result()
        with pytest.raises(LamarckError, match="cannot be sent back"):
            pool.submit(threading.Lock).result()
        assert pool.submit(abs, -1).result() == 1


def test_a_closed_pool_says_so() -> None:
    pool = Processes(1)
    assert pool.submit(abs, -1).result() == 1
    pool.close()
    with pytest.raises(LamarckError, match="closed"):
        pool.submit(abs, -1)


def test_an_error_ends_the_workers_at_once():
    began, pool = time.monotonic(), Processes(1)
    slow, waits = (pool.submit(time.sleep, 60) for _ in range(2))
    time.sleep(0.5)
    pool.__exit__(KeyboardInterrupt)
    assert time.monotonic() - began < 20
    assert isinstance(slow.exception(), WorkerDied)
    assert waits.cancelled()
