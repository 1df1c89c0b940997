"""Tests and program in two runs of one zygote, joined by two pipes that nobody else holds."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from lamarck.sandbox.conduct import Remains, Run, wait
from lamarck.sandbox.grade import ENDED, ending, fault_in, lines_of
from lamarck.sandbox.types import Check, Limits, Outcome, Program, Result
from lamarck.sandbox.zygotes import Zygote

MOST = 10_000
"""Checks that one set of tests may have."""


def conducted(
    zygote: Zygote, program: dict[str, Any], tests: dict[str, Any], asked: Program, limits: Limits
) -> tuple[Remains, Remains]:
    """Runs both until the tests are done. Out: what the program left, what the tests left. Raises: SandboxFault."""
    calls, calls_in = os.pipe()
    replies, replies_in = os.pipe()
    runs: list[Run] = []
    try:
        # the program has a little longer, so that the tests can still say at which check it was
        longer = replace(limits, seconds=limits.seconds + 0.5)
        runs.append(Run(zygote, program, longer, collect=asked.collect, incoming=calls, outgoing=replies_in, slots=2))
        runs.append(Run(zygote, tests, limits, incoming=replies, outgoing=calls_in, slots=2))
        for fd in (calls, calls_in, replies, replies_in):
            os.close(fd)
        wait(runs[1:])
        runs[0].kill("done")
        wait(runs[:1])
        return runs[0].remains(), runs[1].remains()
    finally:
        for run in runs:
            run.close()


def judged(program: Remains, tests: Remains) -> Result:
    """The verdict of the tests' process, unless one of the two did not come to its end by itself."""
    lines = lines_of(tests.answer, MOST)
    checks = [_check(line) for line in lines if "check" in line]
    done = bool(lines) and lines[-1] == {"done": len(checks)}
    first = lines[0] if lines else {}
    broken, unloaded = fault_in(first, "unloadable"), fault_in(first, "program")
    outcome: Outcome = "fail"
    if program.why in ENDED:
        outcome, reason = ENDED[program.why]
    elif tests.why == "timeout":
        outcome, reason = ENDED["timeout"]
    elif tests.why:
        outcome, reason = "rejected", f"the tests: {ENDED[tests.why][1]}"
    elif unloaded:
        reason = f"it does not load: {unloaded['kind']}: {unloaded['message']}"
    elif broken:
        outcome, reason = "rejected", f"the tests do not load: {broken['kind']}: {broken['message']}"
    elif not done:
        outcome, reason = "rejected", f"the tests ended early ({ending(tests.status)})"
    elif not checks:
        outcome, reason = "rejected", "there are no tests"
    else:
        bad = [check for check in checks if not check.passed]
        outcome = "fail" if bad else "pass"
        reason = _said(bad)
    told = unloaded or broken
    return Result(
        outcome=outcome,
        checks=tuple(checks),
        reason=reason,
        traceback=told["trace"] if told else "",
        output=program.output + tests.output,
        files=program.files,
        seconds=max(program.seconds, tests.seconds),
    )


def _check(line: dict[str, Any]) -> Check:
    text = {name: str(line.get(name, "")) for name in ("check", "actual", "expected", "error", "trace")}
    return Check(
        passed=line.get("passed") is True,
        name=text["check"],
        actual=text["actual"],
        expected=text["expected"],
        error=text["error"],
        traceback=text["trace"],
    )


def _said(bad: list[Check]) -> str:
    if not bad:
        return ""
    first = bad[0]
    said = f"came {first.actual}" if first.actual else first.error
    return f"{first.name}: {said}" + (f" (and {len(bad) - 1} more)" if len(bad) > 1 else "")
