"""Runs from outside: outcomes, limits, files, faults of the sandbox itself, many threads, and what is left behind."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lamarck.core import UsageError
from lamarck.sandbox import Case, Layers, Limits, Program, Sandbox
from lamarck.sandbox.zygotes import SandboxFault, Zygote

ADD = Program(code="def f(x): return x + 1", entry="f")
RIGHT = [Case(arguments=(1,), expected=2)]
PATIENT = Limits(seconds=30, memory_mb=300, processes=16)


def test_all_cases_are_one_run_and_each_has_its_check(sandbox: Sandbox):
    cases = [Case(arguments=(n,), expected=n + 1) for n in range(50)]
    result = sandbox.run(
        Program(code="calls = []\ndef f(x):\n    calls.append(x)\n    return x + (len(calls) == 1)", entry="f"), cases
    )
    assert [check.passed for check in result.checks] == [True] + 49 * [False]
    assert (result.outcome, result.tier) == ("fail", 1)


def test_keywords_methods_and_every_kind_of_value(sandbox: Sandbox):
    code = "class Solution:\n    def solve(self, *values, **more): return list(values), more"
    given: tuple[Any, ...] = (1, (2,), {3}, b"4", 5j, {6: None}, float("inf"), 2**80)
    case = Case(arguments=given, keywords={"a": frozenset("b")}, expected=(list(given), {"a": frozenset("b")}))
    assert sandbox.run(Program(code=code, entry="Solution().solve"), [case]).passed


def test_a_script_reads_and_prints(sandbox: Sandbox):
    program = Program(
        code="import sys\nn = int(input())\nprint(n * 2)\nprint('aside', file=sys.stderr)\nsys.exit(n == 3)"
    )
    result = sandbox.run(program, [Case(stdin="1\n", expected="2"), Case(stdin="3\n", expected="6")])
    assert [check.passed for check in result.checks] == [True, False]
    assert result.reason == "it ended with exit status 1"
    assert "aside" in result.output
    assert not result.self_graded
    alone = sandbox.run(Program(code="x = 1"))
    assert (alone.passed, alone.self_graded) == (True, True)  # nothing was compared: it may have left early
    assert sandbox.run(Program(code="1 / 0")).reason == "it raised ZeroDivisionError: division by zero"


def test_files_go_in_and_come_out(sandbox: Sandbox):
    code = "def f():\n    text = open('in/a.txt').read()\n"
    code += "    open('b.bin', 'wb').write(text.encode() + b'\\xff')\n    return text"
    program = Program(code=code, entry="f", files={"in/a.txt": "hi"}, collect=("b.bin", "missing"))
    result = sandbox.run(program, [Case(expected="hi")])
    assert (result.passed, result.files) == (True, {"b.bin": b"hi\xff"})
    with pytest.raises(UsageError, match="below its folder"):
        sandbox.run(Program(code="", files={"../a": "x"}))


def test_a_project_grades_itself(sandbox: Sandbox):
    files = {"lib.py": "def f(x): return x + 1", "try.py": "from lib import f\nassert f(1) == 2\nprint('fine')"}
    result = sandbox.project(files, ("python", "try.py"))
    assert (result.outcome, result.self_graded, result.output) == ("pass", True, "fine\n")
    assert sandbox.project(files, ("python", "-c", "raise SystemExit(2)")).outcome == "fail"
    assert sandbox.project(files, ("no-such-program",)).outcome == "rejected"


def test_a_call_is_told_block_by_block(sandbox: Sandbox):
    code = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"
    trace = sandbox.trace(Program(code=code, entry="f"), Case(arguments=([2, 3],), expected=6))
    assert trace.result.outcome == "fail"
    assert [step.lines for step in trace.steps] == [(2, 2), (3, 3), (4, 4), (3, 3), (4, 4), (3, 3), (5, 5)]
    assert trace.steps[2].before == {"xs": "[2, 3]", "total": "0", "x": "2"}
    assert trace.steps[2].after["total"] == "2"
    endless = Program(code="def f():\n    n = 0\n    while True:\n        n += 1\n", entry="f")
    trace = sandbox.trace(endless, Case(), Limits(seconds=1), steps=9)
    assert (trace.result.outcome, len(trace.steps), trace.complete) == ("timeout", 9, False)


def test_what_is_too_long_is_not_run(sandbox: Sandbox):
    long = Program(code="#" * (63 << 20), entry="f")
    began = time.monotonic()
    assert sandbox.run(long, RIGHT).outcome == "rejected"
    assert time.monotonic() - began < 10
    assert sandbox.run(Program(code="\0", entry="f"), RIGHT).outcome == "rejected"
    assert sandbox.run(Program(code="def f(x): return '\ud800'", entry="f"), RIGHT).outcome == "fail"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        # not ended by an error of its own: what the kernel refuses is caught, so that the watcher has the last word
        (
            "for _ in range(40):\n        try: os.fork()\n        except OSError: break\n    time.sleep(60)",
            "processes",
        ),
        (
            "[os.fork() or (bytearray(b'x') * (150 << 20), time.sleep(60)) for _ in range(4)]\n    time.sleep(60)",
            "memory",
        ),
        ("kept = [bytearray(10 << 20) for _ in range(99)]", "MemoryError"),
        ("return 'x' * (2 << 20)", "returned more"),
        ("while True: print('x' * 10**6)", "printed far more"),
        ("open('a', 'wb').write(b'x' * (70 << 20))", "OSError"),
        ("open('a', 'wb').truncate(70 << 20)", "OSError"),
        ("[open(str(n), 'w').close() for n in range(9999)]", "OSError"),
    ],
    ids=["processes", "summed memory", "memory", "answer", "output", "disk", "sparse file", "file names"],
)
def test_each_limit_holds(sandbox: Sandbox, body: str, reason: str):
    code = f"import os, time\ndef f():\n    {body}\n"
    result = sandbox.run(Program(code=code, entry="f"), [Case(expected=0)], PATIENT)
    assert not result.passed
    assert result.outcome == ("fail" if "Error" in reason else "limit")
    assert reason in result.reason


LEAVES = """
import builtins, os, random, sys
for folder in ('/tmp', '/dev/shm'):
    open(folder + '/left', 'w').write('x')
builtins.left = 1
sys.path.append('left')
os.environ['LEFT'] = '1'
kept = ['behind-'.upper() + str(n) for n in range(1000)]
def f(): return 1
"""
LOOKS = """
import builtins, os, re, sys
def memory():
    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as inside:
        for line in maps:
            first, last = (int(part, 16) for part in line.split()[0].split('-'))
            try:
                inside.seek(first)
                yield inside.read(last - first)
            except (OSError, ValueError, OverflowError):
                continue
def f():
    found = [os.listdir('/tmp'), os.listdir('/dev/shm')]
    found += [hasattr(builtins, 'left'), 'left' in sys.path, 'LEFT' in os.environ]
    return found + [any(re.search(rb'BEHIND[-][0-9]{3}', part) for part in memory())]
"""


def test_nothing_of_a_run_is_there_in_the_next(sandbox: Sandbox):
    for _ in range(4):  # both zygotes
        assert sandbox.run(Program(code=LEAVES, entry="f"), [Case(expected=1)]).passed
        result = sandbox.run(Program(code=LOOKS, entry="f"), [Case(expected=[[], [], False, False, False, False])])
        assert result.passed, result.reason


def test_many_threads_use_it_at_once(sandbox: Sandbox):
    def one(n: int) -> bool:
        return sandbox.run(ADD, [Case(arguments=(n,), expected=n + 1)]).passed

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(60)))


def test_a_fault_of_the_sandbox_is_tried_again(layers: Layers):
    with Sandbox(workers=1) as sandbox:
        assert sandbox.run(ADD, RIGHT).attempts == 1
        for pid in descendants(os.getpid()):
            if b"lamarck.sandbox.guest" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        result = sandbox.run(ADD, RIGHT)
        assert (result.outcome, result.attempts) == ("pass", 2)
        assert sandbox.run(ADD, RIGHT).attempts == 1


def test_a_sandbox_that_fails_twice_says_error_and_no_verdict(layers: Layers, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: Any) -> Any:
        raise SandboxFault("the zygote is gone")

    with Sandbox(workers=1) as sandbox:
        assert sandbox.run(ADD, RIGHT).passed
        monkeypatch.setattr(Zygote, "start", gone)
        result = sandbox.run(ADD, RIGHT)
        assert (result.outcome, result.reason, result.attempts) == ("error", "the zygote is gone", 2)
        assert not result.checks


def test_closing_ends_everything(layers: Layers):
    before = descendants(os.getpid())
    with Sandbox(workers=2) as sandbox:
        sandbox.run(ADD, RIGHT)
        session = sandbox.session()
        assert descendants(os.getpid()) - before
    assert session.run("1").alive is False
    until(lambda: not descendants(os.getpid()) - before)
    with pytest.raises(UsageError, match="the sandbox is closed"):
        sandbox.run(ADD, RIGHT)


def test_when_the_supervisor_is_killed_all_of_it_ends(layers: Layers):
    code = (
        "import os, threading, time\nfrom lamarck.sandbox import *\nsandbox = Sandbox(workers=1)\nsandbox.layers\n"
        "slow = Program(code='import time\\ndef f(): time.sleep(60)', entry='f')\n"
        "threading.Thread(target=sandbox.run, args=(slow, [Case()], Limits(seconds=60))).start()\n"
        "time.sleep(0.3)\nprint('on', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ":".join(sys.path)}
    ) as held:
        assert held.stdout
        held.stdout.readline()
        below = descendants(held.pid)
        assert len(below) >= 3
        held.kill()
    until(lambda: not [pid for pid in below if alive(pid)])


def descendants(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            state, parent = text.rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(parent)
    found, last = {pid}, set[int]()
    while found != last:
        last = set(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(holds: Any) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
