"""The verdict, from what a run left: nothing that comes out of the sandbox is believed but as an answer."""

import pytest

from lamarck.core import UsageError
from lamarck.sandbox import Case, Result
from lamarck.sandbox.conduct import Remains
from lamarck.sandbox.grade import commanded, graded, plain, scripted

CASES = [Case(arguments=(1,), expected=2), Case(arguments=(2,), expected=(3, "x"))]
LOADED = b'{"loaded":true}\n'
RIGHT = LOADED + b'{"value":2}\n{"value":{"tuple":[3,"x"]}}\n'
RAISED = b'{"raised":{"kind":"ValueError","message":"no","trace":"line 1"}}\n'


def left(answer: bytes, *, why: str = "", status: int = 0, stdout: bytes = b"") -> Remains:
    return Remains(answer=answer, stdout=stdout, stderr=b"", status=status, why=why, seconds=0.1)


def verdict(answer: bytes, *, why: str = "", status: int = 0) -> Result:
    return graded(left(answer, why=why, status=status), CASES, "f")


def test_right_values_pass():
    result = verdict(RIGHT)
    assert result.passed
    assert [check.value for check in result.checks] == [2, (3, "x")]


def test_a_wrong_value_is_told_with_what_came():
    result = verdict(LOADED + b'{"value":2}\n{"value":[3,"x"]}\n')
    assert result.outcome == "fail"
    assert result.reason == "f(2): gave [3, 'x'], not (3, 'x')"
    assert [check.passed for check in result.checks] == [True, False]


def test_an_exception_is_told_with_its_lines():
    check = verdict(LOADED + RAISED + b'{"value":{"tuple":[3,"x"]}}\n').checks[0]
    assert (check.passed, check.error, check.traceback) == (False, "ValueError: no", "line 1")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}\n",
        b"garbage\n",
        b"\xff\xfe\n\n\n",
        LOADED,
        LOADED + b'{"value":2}\n',
        LOADED + b'{"value":2}\n{"value":{"tuple":[3,"x"]}}',  # cut before its end
        RIGHT + b'{"value":2}\n',
        RIGHT + LOADED,
        b'{"loaded":false}\n' + RIGHT[len(LOADED) :],
        RIGHT[len(LOADED) :],
        LOADED + b'{"value":2,"passed":true}\n{"value":{"tuple":[3,"x"]}}\n',
        LOADED + b'{"outcome":"pass"}\n{"outcome":"pass"}\n',
        LOADED + b"NaN\nInfinity\n",
        LOADED + b'{"value":2}\n{"value":{"object":"x"}}\n',
        LOADED + b'{"value":2.0}\n{"value":{"tuple":[3,"x"]}}\n',
        LOADED + b'{"value":true}\n{"value":{"tuple":[3,"x"]}}\n',
        LOADED + RAISED + RAISED,
        LOADED + b'{"raised":"x"}\n{"raised":{}}\n',
        b'{"unloaded":{"kind":"SystemExit","message":"0","trace":""}}\n' + RIGHT,
        b"[1]\n[2]\n[3]\n",
    ],
    ids=lambda answer: answer[:60].decode("latin-1"),
)
def test_anything_else_fails(answer: bytes):
    result = verdict(answer)
    assert result.outcome == "fail"
    assert result.reason
    assert len(result.checks) == len(CASES)
    assert not all(check.passed for check in result.checks)


@pytest.mark.parametrize(
    ("why", "outcome"),
    [("timeout", "timeout"), ("memory", "limit"), ("processes", "limit"), ("answer", "limit"), ("output", "limit")],
)
def test_what_was_ended_does_not_pass_whatever_it_said(why: str, outcome: str):
    assert verdict(RIGHT, why=why, status=-9).outcome == outcome


def test_the_place_where_it_ended_is_told():
    assert verdict(LOADED + b'{"value":2}\n', status=-11).reason == (
        "it ended (signal SIGSEGV) before case 2 of 2 was answered"
    )


def test_a_program_that_does_not_load():
    result = verdict(b'{"unloaded":{"kind":"SyntaxError","message":"bad","trace":"line 3"}}\n')
    assert (result.outcome, result.traceback) == ("fail", "line 3")
    assert result.reason == "it does not load: SyntaxError: bad"


def test_a_case_that_expects_nothing_takes_any_value():
    result = graded(left(LOADED + b'{"value":[1]}\n'), [Case()], "f")
    assert result.passed
    assert (result.checks[0].passed, result.checks[0].value) == (None, [1])


def test_a_script_must_print_what_is_expected_and_end_well():
    case = Case(stdin="1", expected="2\n")
    ended = b'{"ended":0}\n'
    assert scripted(left(ended, stdout=b"2"), case).passed
    assert scripted(left(b"", stdout=b"2"), case).passed  # os._exit(0)
    assert scripted(left(ended, stdout=b"3"), case).reason == "it printed something else"
    for remains in (
        left(b'{"ended":1}\n', stdout=b"2"),
        left(b"", stdout=b"2", status=1),
        left(b"", stdout=b"2", status=-9, why="timeout"),
        left(b'{"unloaded":{"kind":"ValueError","message":"x","trace":""}}\n', stdout=b"2"),
    ):
        result = scripted(remains, case)
        assert not result.passed
        assert result.checks[0].passed is False


def test_a_command_grades_itself():
    assert commanded(left(b"")).self_graded
    assert commanded(left(b"")).outcome == "pass"
    assert commanded(left(b"", status=1)).outcome == "fail"


def test_an_expected_value_that_is_no_data_is_refused():
    with pytest.raises(UsageError, match="an expected value: a object is no data"):
        plain(object(), "an expected value")
