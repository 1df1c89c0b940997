"""An interpreter that keeps its variables, within limits, and stands still between two blocks."""

import time

import pytest

from lamarck.core import LamarckError
from lamarck.sandbox import Limits, Sandbox

LIMITS = Limits(seconds=2, memory_mb=300)


def test_variables_stay_from_block_to_block(sandbox: Sandbox):
    with sandbox.session(LIMITS, setup="import math\nbase = 40") as session:
        assert session.run("x = base + 2").outcome == "pass"
        reply = session.run("print('so')\nx + math.floor(0.5)")
        assert (reply.output, reply.value) == ("so\n42\n", "42")
        assert session.run("def f(n):\n    return n * x").value == ""
        assert session.run("f(2)").value == "84"


def test_an_error_is_told_and_the_session_goes_on(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        session.run("x = 1")
        reply = session.run("y = 2\ny / 0")
        assert (reply.outcome, reply.error, reply.alive) == ("fail", "ZeroDivisionError: division by zero", True)
        assert "line 2" in reply.traceback
        assert session.run("(").error.startswith("SyntaxError")
        assert session.run("raise SystemExit(3)").error == "SystemExit: 3"
        assert session.run("x + y").value == "3"


def test_a_block_that_takes_too_long_is_interrupted(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        session.run("x = 1")
        reply = session.run("while True: pass", 0.3)
        assert (reply.outcome, reply.alive) == ("timeout", True)
        assert session.run("x").value == "1"


def test_one_that_does_not_give_in_is_ended(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        reply = session.run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", 0.2)
        assert (reply.outcome, reply.alive) == ("timeout", False)
        assert session.run("1").outcome == "error"


def test_memory_is_limited_and_the_end_is_told(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        assert session.run("kept = bytearray(500 << 20)").error.startswith("MemoryError")
        code = "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        code += "        kept = b'x' * (100 << 20)\n        time.sleep(40)\ntime.sleep(40)"
        reply = session.run(code, 30)
        assert (reply.outcome, reply.alive) == ("limit", False)


def test_a_session_that_leaves_is_over(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        reply = session.run("import os; os._exit(0)")
        assert (reply.outcome, reply.alive) == ("fail", False)


def test_what_it_prints_and_says_of_itself_changes_no_other_block(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        session.run('import os\nos.write(3, b\'{"number":99,"value":"forged"}\\ngarbage\\n\')')
        assert session.run("1 + 1").value == "2"
        assert len(session.run("print('x' * 10**7)").output) <= 300 << 10
        assert session.run("2 + 2").output == "4\n"


def test_between_two_blocks_nothing_moves(sandbox: Sandbox):
    with sandbox.session(Limits(seconds=20)) as session:
        session.run("import threading, time\nseen = []")
        session.run("def run():\n    while True:\n        seen.append(time.monotonic())\n        time.sleep(0.01)")
        session.run("threading.Thread(target=run, daemon=True).start()\ntime.sleep(0.1)")
        time.sleep(1.5)
        session.run("time.sleep(0.1)")
        assert float(session.run("max(b - a for a, b in zip(seen, seen[1:]))").value) > 1.0


def test_sessions_do_not_see_each_other(sandbox: Sandbox):
    with sandbox.session(LIMITS) as one, sandbox.session(LIMITS) as two:
        one.run("open('left', 'w').write('x')\nimport builtins\nbuiltins.print = None\nsecret = 1")
        assert two.run("import os; os.listdir('.')").value == "[]"
        assert two.run("secret").error.startswith("NameError")
        assert two.run("print(1)").output == "1\n"


def test_code_too_long_is_not_run(sandbox: Sandbox):
    with sandbox.session(Limits(seconds=1, source_kb=1)) as session:
        assert session.run("x" * 2000).outcome == "rejected"
        assert session.run("1").value == "1"


def test_a_long_block_reaches_a_session_that_does_not_read(sandbox: Sandbox):
    with sandbox.session(LIMITS) as session:
        session.run("import os\nos.dup2(os.open('/dev/null', os.O_RDONLY), 4)")
        began = time.monotonic()
        assert not session.run("x = '" + "y" * 200_000 + "'", 0.5).alive
        assert time.monotonic() - began < 5


def test_after_the_sandbox_is_closed_sessions_say_so(sandbox: Sandbox):
    with Sandbox(workers=1) as other:
        session = other.session(LIMITS)
        session.run("1")
    assert session.run("1").alive is False
    session.close()
    with pytest.raises(LamarckError, match="closed"):
        other.session(LIMITS)
