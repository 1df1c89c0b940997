"""The tests' side: runs them against a program that lives in another process, and tells what came of each."""

from __future__ import annotations

import builtins
import inspect
import sys
import unittest
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

from lamarck.sandbox.guest import asserts, confine
from lamarck.sandbox.guest.answers import Answers, fault
from lamarck.sandbox.guest.calls import MODULE, module, remember
from lamarck.sandbox.guest.proxies import Examiner
from lamarck.sandbox.guest.rpc import Gone, Peer, described

FILE = "<tests>"


class Harness:
    """Runs checks one by one and tells each."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.count = 0

    def check(self, name: str, test: Callable[[], Any]) -> None:
        """A check: it holds unless it raises."""
        try:
            test()
        except unittest.SkipTest:
            return
        except BaseException as error:
            self.failed(name, error)
        else:
            self.tell(name, True)

    def failed(self, name: str, error: BaseException) -> None:
        """What a failed check has to say."""
        kind, said = type(error).__name__, str(error)[:2000]
        if isinstance(error, asserts.Unequal):
            self.tell(name, False, actual=error.actual, expected=error.expected, error=f"AssertionError: {said}")
            return
        trace = getattr(error, "program_trace", "") or fault(error, FILE)["trace"]
        kind = "AssertionError" if isinstance(error, AssertionError) else kind
        self.tell(name, False, error=f"{kind}: {said}" if said else kind, trace=trace)

    def tell(self, name: str, passed: bool, **fields: str) -> None:
        """One line for one check."""
        self.count += 1
        self._answers.line(check=name[:400], passed=passed, **fields)


def run(task: dict[str, Any], answers: Answers) -> None:
    """Loads the program over the line, then the tests, then runs them."""
    tester = Examiner()
    peer = Peer(confine.INCOMING, confine.OUTGOING, tester, task["largest"], described)
    names = module(task["code"], "tests", FILE).__dict__
    names.update(asserts.names())
    try:
        program = peer.ask("load", None)
        entry, solution = program["entry"], _solution(program["names"], tester)
        sys.modules[MODULE] = solution
        names.update({name: value for name, value in vars(solution).items() if _may_be_seen(name, value)})
    except BaseException as error:  # a reply that it wrote itself is its own fault too, not the tests'
        answers.line(program=_told(error))
        return
    try:
        exec(compile(task["setup"], "<setup>", "exec"), names)
        code = asserts.compiled(task["code"], FILE)
    except BaseException as error:
        answers.line(unloadable=fault(error, FILE))
        return
    if entry is not None:
        names["candidate"] = names[task["entry"]] = entry
    harness = Harness(answers)
    if _load(code, names, harness, answers, _has_asserts(task["code"])):
        for number, source in enumerate(task["asserts"]):
            harness.check(source, _statement(source, number, names))
    answers.line(done=harness.count)


def _told(error: BaseException) -> dict[str, str]:
    if isinstance(error, Gone):
        return {"kind": "Gone", "message": "it ended while it was loaded", "trace": ""}
    return {**fault(error, FILE), "trace": getattr(error, "program_trace", "")}


def _solution(told: dict[str, Any], tester: Examiner) -> ModuleType:
    """A module that stands for the program's."""
    made = ModuleType(MODULE)
    for name, (kind, what) in told.items():
        if kind == "module":
            if what in sys.modules:
                setattr(made, name, sys.modules[what])
        elif kind == "exception":
            setattr(made, name, tester.declare(name, what))
        else:
            setattr(made, name, what)
    return made


def _may_be_seen(name: str, value: Any) -> bool:
    """Not what the tests know without the program: an `abs` of its own would decide what is near enough."""
    if name in sys.stdlib_module_names:
        return isinstance(value, ModuleType)
    return not name.startswith("__") and not hasattr(builtins, name)


def _has_asserts(code: str) -> bool:
    return any(line.startswith("assert") for line in code.splitlines())


def _load(code: Any, names: dict[str, Any], harness: Harness, answers: Answers, speaks: bool) -> bool:
    """Runs the tests' code and all that it defines. Out: False where it cannot be loaded."""
    before = dict(names)
    try:
        exec(code, names)
    except (ImportError, SyntaxError) as error:
        answers.line(unloadable=fault(error, FILE))
        return False
    except BaseException as error:
        harness.failed("the tests", error)
        return True
    if speaks:
        harness.tell("the tests", True)
    for name, value in list(names.items()):
        if before.get(name) is value:
            continue
        if name == "check" and callable(value):
            harness.check("check(candidate)", lambda: names["check"](names.get("candidate")))
        elif inspect.isclass(value) and issubclass(value, unittest.TestCase):
            _suite(value, harness)
        elif name.startswith("test") and inspect.isfunction(value):
            harness.check(name, _function(cast("Callable[..., Any]", value), names))
    return True


def _function(test: Callable[..., Any], names: dict[str, Any]) -> Callable[[], Any]:
    wanted = inspect.signature(test).parameters
    if list(wanted) == ["candidate"]:
        return lambda: test(names.get("candidate"))
    return test


def _statement(source: str, number: int, names: dict[str, Any]) -> Callable[[], Any]:
    def test() -> None:
        file = f"<assert {number + 1}>"
        remember(source, file)
        exec(asserts.compiled(source, file), names)

    return test


def _suite(case: type[unittest.TestCase], harness: Harness) -> None:
    class Told(unittest.TestResult):
        def addSuccess(self, test: unittest.TestCase) -> None:
            harness.tell(_named(test), True)

        def addFailure(self, test: unittest.TestCase, err: Any) -> None:
            harness.failed(_named(test), err[1])

        def addError(self, test: unittest.TestCase, err: Any) -> None:
            harness.failed(_named(test), err[1])

        def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
            if err is not None:
                harness.failed(_named(subtest), err[1])

        def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
            harness.failed(_named(test), AssertionError("was expected to fail"))

    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(Told())


def _named(test: Any) -> str:
    return str(test.id()).removeprefix("tests.")
