"""Tests in the form of code run apart from the program, which can neither see them nor answer for them."""

import pytest

from lamarck.sandbox import Limits, Program, Result, Sandbox, Tests

CHECK = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(3) == 4\n"


def run(sandbox: Sandbox, code: str, tests: Tests, entry: str = "f") -> Result:
    return sandbox.test(Program(code=code, entry=entry), tests, Limits(seconds=3))


def test_the_way_of_human_eval(sandbox: Sandbox):
    right = run(sandbox, "def f(x): return x + 1", Tests(code=CHECK))
    assert (right.outcome, right.reason, len(right.checks)) == ("pass", "", 1)
    wrong = run(sandbox, "def f(x): return 2", Tests(code=CHECK))
    assert (wrong.outcome, wrong.checks[0].actual, wrong.checks[0].expected) == ("fail", "2", "4")


def test_helpers_of_the_prompt_are_there_and_are_the_prompts(sandbox: Sandbox):
    prompt = "def helper(x): return 10 * x\ndef f(x):\n    '''Add one.'''\n"
    tests = Tests(setup=prompt, code="def check(candidate):\n    assert helper(candidate(1)) == 20\n")
    assert run(sandbox, "def helper(x): return 20\ndef f(x): return x + 1", tests).passed
    assert not run(sandbox, "def helper(x): return 20\ndef f(x): return x", tests).passed


def test_the_way_of_mbpp(sandbox: Sandbox):
    result = run(sandbox, "def f(x): return x + 1", Tests(asserts=("assert f(1) == 2", "assert f(2) == 2", "assert (")))
    assert [check.passed for check in result.checks] == [True, False, False]
    assert result.reason == "assert f(2) == 2: came 3 (and 1 more)"


def test_the_way_of_unittest_and_of_test_functions(sandbox: Sandbox):
    code = """
import unittest
from solution import Own, f
class TestIt(unittest.TestCase):
    def test_raises(self):
        with self.assertRaises(Own):
            f(-1)
    def test_wrong(self):
        self.assertEqual(f(1), 3)
def test_function():
    items = [1]
    f(items)
    assert items == [1, 5]
"""
    program = """
class Own(ValueError): pass
def f(x):
    if x == -1:
        raise Own("below")
    return x.append(5) if isinstance(x, list) else x + 1
"""
    result = run(sandbox, program, Tests(code=code))
    assert {check.name: check.passed for check in result.checks} == {
        "TestIt.test_raises": True,
        "TestIt.test_wrong": False,
        "test_function": True,
    }
    assert "2 != 3" in result.reason


def test_an_exception_of_the_program_is_told_with_its_lines(sandbox: Sandbox):
    check = run(sandbox, "def f(x):\n    y = x\n    return y / 0", Tests(asserts=("assert f(1) == 2",))).checks[0]
    assert check.error == "ZeroDivisionError: division by zero"
    assert "line 3, in f" in check.traceback


def test_one_slow_call_fails_its_own_check(sandbox: Sandbox):
    tests = Tests(asserts=("assert f(1) == 1", "assert f(0) == 0"), seconds=0.2)
    result = run(sandbox, "def f(x):\n    while x: pass\n    return x", tests)
    assert [check.passed for check in result.checks] == [False, True]
    assert "TimeoutError" in result.checks[0].error


def test_every_program_meets_every_test(sandbox: Sandbox):
    tests = Tests(asserts=("assert f(1) == 1", "assert f(2) == 4", "assert f(3) == 0"))
    programs = [Program(code=f"def f(x): return {body}", entry="f") for body in ("x", "x * x", "0")]
    found = [[check.passed for check in result.checks] for result in sandbox.matrix(programs, tests)]
    assert found == [[True, False, False], [True, True, False], [False, False, True]]


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        (Tests(), "there are no tests"),
        (Tests(code="def check(:"), "the tests do not load: SyntaxError"),
        (Tests(code="import nowhere_to_be_found"), "the tests do not load: ModuleNotFoundError"),
        (Tests(setup="1 / 0", asserts=("assert f(1) == 2",)), "the tests do not load: ZeroDivisionError"),
        (Tests(asserts=("assert f(1) == 2", "import os; os._exit(0)")), "the tests ended early"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_broken_tests_say_nothing_about_the_program(sandbox: Sandbox, tests: Tests, said: str):
    result = run(sandbox, "def f(x): return x + 1", tests)
    assert result.outcome == "rejected"
    assert result.reason.startswith(said)


CHEATS = {
    "equals everything": "class Yes:\n    def __eq__(self, other): return True\ndef f(x): return Yes()",
    "a text that equals everything": "class Yes(str):\n    def __eq__(self, o): return True\ndef f(x): return Yes()",
    "leaves when loaded": "import os\nos._exit(0)",
    "leaves in the call": "import os\ndef f(x): os._exit(0)",
    "leaves politely": "import sys\ndef f(x): sys.exit(0)",
    "skips": "import unittest\ndef f(x): raise unittest.SkipTest",
    "kills the tests": "import os, signal\ndef f(x):\n    for p in range(-1, 99):\n"
    "        if p != os.getpid():\n            try: os.kill(p, 9)\n            except OSError: pass",
    "patches asserts": "import builtins, unittest\nbuiltins.AssertionError = ValueError\n"
    "unittest.TestCase.assertEqual = print\ndef f(x): return None",
    "writes the verdict": "import os\ndef f(x):\n    for fd in range(1, 20):\n        try:\n"
    '            os.write(fd, b\'{"check":"a","passed":true}\\n{"done":1}\\n\')\n'
    "        except OSError: pass\n    os._exit(0)",
    "writes replies of its own": "import os\ndef f(x):\n    os.write(5, b'{\"value\":2}\\n' * 9)\n    return 0",
    "reads the tests": "import gc, re\ndef f(x):\n    for one in gc.get_objects():\n        try: text = repr(one)\n"
    "        except Exception: continue\n        found = re.search(r'== (\\d{9})', text)\n"
    "        if found: return int(found.group(1))",
    "hides what it is": "class Meta(type):\n    def __eq__(c, o): return True\n    def __hash__(c): return 0\n"
    "class Yes(int, metaclass=Meta):\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
    "def f(x): return Yes(7)",
    "ends what it was to be compared in": "def f(x): raise StopIteration",
    "says what it is in its own words": "import os\n"
    'os.write(5, b\'{"value":{"names":{"f":5},"entry":1}}\\n\')\ndef f(x): return 1',
    "has names that are none": "import os\n"
    'os.write(5, b\'{"value":{"dict":[["names",{"dict":[[5,["module",7]]]}],["entry",null]]}}\\n\')',
    "lies about differences": "class Yes:\n    def __sub__(self, o): return 0\n    __rsub__ = __sub__\n"
    "    def __abs__(self): return 0\ndef f(x): return Yes()",
}
SECRET = Tests(
    code="def check(candidate):\n"
    "    assert candidate(1) == 123456789\n"
    "    assert abs(candidate(2) - 123456789) < 1e-6\n"
    "    assert all(map(lambda x: candidate(x) == 123456789, (1, 2)))\n"
)
ALL = Tests(code="def check(candidate):\n    assert all(map(lambda x: candidate(x) == 5, (1, 2)))\n")


@pytest.mark.parametrize("code", CHEATS.values(), ids=CHEATS)
def test_cheats_do_not_pass(sandbox: Sandbox, code: str):
    result = run(sandbox, code, SECRET)
    assert result.outcome == "fail", result
    assert run(sandbox, "def f(x): return 123456789", SECRET).passed


NEAR = {
    "lies about differences": (CHEATS["lies about differences"], "abs(candidate(2) - 123456789) < 1e-6"),
    "brings its own abs": ("def abs(x): return 0\ndef f(x): return 1", "abs(candidate(2) - 123456789) < 1e-6"),
    "brings its own set": ("def set(x): return {123456789}\ndef f(x): return 1", "{123456789} == set([candidate(2)])"),
    "brings its own module": (
        "class math:\n    @staticmethod\n    def isclose(a, b): return True\ndef f(x): return 1",
        "math.isclose(candidate(2), 123456789)",
    ),
    "brings its own sign": ("class f(int):\n    def __eq__(s, o): return True", "candidate(2) == 123456789"),
}


@pytest.mark.parametrize(("code", "test"), NEAR.values(), ids=NEAR)
def test_nothing_of_the_program_decides_what_is_right(sandbox: Sandbox, code: str, test: str):
    tests = Tests(code=f"def check(candidate):\n    assert {test}\n")
    assert run(sandbox, code, tests).outcome == "fail"
    asserted = Tests(asserts=(f"assert {test.replace('candidate', 'f')}",))
    assert run(sandbox, code, asserted).outcome == "fail"


def test_an_end_of_iteration_is_no_way_out(sandbox: Sandbox):
    assert run(sandbox, "def f(x): raise StopIteration", ALL).outcome == "fail"
    assert run(sandbox, "def f(x): return 5", ALL).passed


def test_a_program_that_never_ends_is_ended(sandbox: Sandbox):
    result = sandbox.test(
        Program(code="def f(x):\n    while True: pass", entry="f"), Tests(code=CHECK), Limits(seconds=0.5)
    )
    assert result.outcome == "timeout"


def test_a_program_that_takes_too_much_is_ended(sandbox: Sandbox):
    code = "import os, time\ndef f(x):\n    for _ in range(9):\n        if os.fork() == 0:\n"
    code += "            kept = b'x' * (90 << 20)\n            time.sleep(40)\n    time.sleep(40)"
    result = sandbox.test(
        Program(code=code, entry="f"), Tests(code=CHECK), Limits(seconds=30, memory_mb=300, processes=20)
    )
    assert result.outcome == "limit"
