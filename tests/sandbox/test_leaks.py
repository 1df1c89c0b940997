"""Five thousand runs leave nothing: no memory, descriptor, process, file or thread."""

import os
import threading
from pathlib import Path

import pytest
from tests.sandbox.test_running import descendants

from lamarck.sandbox import Case, Layers, Limits, Program, Sandbox, zygotes

RUNS = 5000
PROGRAMS = (
    (Program(code="def f(x): return x + 1", entry="f"), "pass"),
    (Program(code="def f(x): return [x] * 1000", entry="f", collect=("a",)), "fail"),
    (
        Program(code="def f(x):\n    open('a', 'w').write('x')\n    print(x)\n    return x", entry="f", collect=("a",)),
        "fail",
    ),
    (
        Program(
            code="import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\ndef f(x): return 2", entry="f"
        ),
        "pass",
    ),
    (Program(code="def f(x): raise ValueError", entry="f"), "fail"),
    (Program(code="import os\ndef f(x): os._exit(0)", entry="f"), "fail"),
)


def sizes() -> tuple[int, int, int, int, int]:
    """Descriptors, threads, processes below this one, files in /tmp, and kilobytes of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    resident = int(status.partition("VmRSS:")[2].split()[0])
    below, files = len(descendants(os.getpid())), len(list(Path("/tmp").iterdir()))
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), below, files, resident


@pytest.mark.slow
def test_runs_leave_nothing(layers: Layers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zygotes, "RECYCLE", 700)
    with Sandbox(workers=1, limits=Limits(seconds=20)) as sandbox:

        def run(count: int) -> None:
            for n in range(count):
                program, outcome = PROGRAMS[n % len(PROGRAMS)]
                assert sandbox.run(program, [Case(arguments=(1,), expected=2)]).outcome == outcome

        run(100)
        before = sizes()
        run(RUNS)
        after = sizes()
    assert after[:3] == before[:3]
    assert after[3] <= before[3] + 5  # others use /tmp too
    assert after[4] <= before[4] + 4096
