"""From what a run left to a verdict. Only here is ``pass`` written."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from lamarck.core import UsageError
from lamarck.sandbox.compare import same, same_text
from lamarck.sandbox.conduct import Remains
from lamarck.sandbox.guest import values
from lamarck.sandbox.guest.answers import LONGEST
from lamarck.sandbox.types import UNSET, Case, Check, Outcome, Result

SHOWN = 400
"""Characters of a value in a check's text."""
ENDED: dict[str, tuple[Outcome, str]] = {
    "timeout": ("timeout", "it was not done in time"),
    "memory": ("limit", "it used more memory than it may"),
    "processes": ("limit", "it started more processes than it may"),
    "answer": ("limit", "it returned more than it may"),
    "output": ("limit", "it printed far more than it may"),
}


def plain(value: Any, what: str) -> Any:
    """A value as it will come back: of plain types. Raises: UsageError where it is no data."""
    try:
        return values.loads(values.dumps(value))
    except values.Unsendable as error:
        raise UsageError(f"{what}: {error}; give numbers, texts, bytes, lists, tuples, sets, dicts") from None


def shown(value: Any) -> str:
    """A value as text, cut. It is of plain types, so its text is Python's own."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number of too many digits
        return f"a {type(value).__name__} too large to print"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def spoken(case: Case, entry: str) -> str:
    """A case as a call."""
    words = [shown(value) for value in case.arguments]
    words += [f"{name}={shown(value)}" for name, value in case.keywords.items()]
    return f"{entry}({', '.join(words)})"


def graded(remains: Remains, cases: Sequence[Case], entry: str) -> Result:
    """The verdict on a program whose entry was called once for each case."""
    lines = lines_of(remains.answer, len(cases) + 2)
    loaded = bool(lines) and lines[0] == {"loaded": True}
    fault = fault_in(lines[0], "unloaded") if lines else None
    forged = len(lines) > 1 + len(cases)
    given = lines[1:] if loaded and not forged else []
    checks = [_checked(line, case, entry) for line, case in zip(given, cases, strict=False)]
    checks += [Check(passed=False, name=spoken(case, entry), error="was not reached") for case in cases[len(checks) :]]
    outcome: Outcome = "fail"
    if remains.why:
        outcome, reason = ENDED[remains.why]
    elif fault:
        reason = f"it does not load: {fault['kind']}: {fault['message']}"
    elif forged:
        reason = "it wrote answers of its own"
    elif not loaded or len(given) < len(cases):
        place = f"case {len(given) + 1} of {len(cases)} was answered" if loaded else "it was loaded"
        reason = f"it ended ({ending(remains.status)}) before {place}"
    else:
        outcome, reason = _told(checks)
    trace = fault["trace"] if fault else ""
    return _result(remains, outcome, reason, checks, trace)


def scripted(remains: Remains, case: Case | None) -> Result:
    """The verdict on one run of a script; without a case it need only end by itself, which is its own word."""
    lines = lines_of(remains.answer, 1)
    fault = fault_in(lines[0], "unloaded") if lines else None
    ended = lines[0].get("ended") if lines else remains.status
    printed = remains.stdout.decode("utf-8", "replace")
    held: bool | None = None
    if case is not None and case.expected is not UNSET:
        held = same_text(printed, str(case.expected))
    outcome: Outcome = "fail"
    if remains.why:
        outcome, reason = ENDED[remains.why]
    elif fault:
        reason = f"it raised {fault['kind']}: {fault['message']}"
    elif remains.status != 0 or ended != 0:
        reason = f"it ended with {ending(remains.status or ended)}"
    elif held is False:
        reason = "it printed something else"
    else:
        outcome, reason = "pass", ""
    checks: list[Check] = []
    if case is not None:
        checks.append(
            Check(
                passed=held if outcome == "pass" else False,
                name=f"with {shown(case.stdin)}" if case.stdin else "the script",
                value=printed,
                actual=printed,
                expected="" if held is None else str(case.expected),
                error=f"{fault['kind']}: {fault['message']}" if fault else "",
                traceback=fault["trace"] if fault else "",
            )
        )
    told = _result(remains, outcome, reason, checks, fault["trace"] if fault else "")
    return replace(told, self_graded=held is None)


def commanded(remains: Remains) -> Result:
    """What a command said of itself by its exit status."""
    lines = lines_of(remains.answer, 1)
    fault = fault_in(lines[0], "unloaded") if lines else None
    outcome: Outcome = "fail"
    reason = ""
    if remains.why:
        outcome, reason = ENDED[remains.why]
    elif fault:
        outcome, reason = "rejected", f"the command does not start: {fault['message']}"
    elif remains.status != 0:
        reason = f"it ended with {ending(remains.status)}"
    else:
        outcome = "pass"
    return replace(_result(remains, outcome, reason, [], ""), self_graded=True)


def _checked(line: dict[str, Any], case: Case, entry: str) -> Check:
    name = spoken(case, entry)
    expected = "" if case.expected is UNSET else shown(case.expected)
    fault = fault_in(line, "raised")
    if fault:
        error = f"{fault['kind']}: {fault['message']}"
        return Check(passed=False, name=name, expected=expected, error=error, traceback=fault["trace"])
    if set(line) != {"value"}:
        return Check(passed=False, name=name, expected=expected, error=line.get("garbled") or "answered with no value")
    try:
        value = values.decode(line["value"])
    except values.Garbled as error:
        return Check(passed=False, name=name, expected=expected, error=f"answered with no value: {error}")
    held = None if case.expected is UNSET else same(value, case.expected, case.tolerance)
    return Check(passed=held, name=name, value=value, actual=shown(value), expected=expected)


def _told(checks: Sequence[Check]) -> tuple[Outcome, str]:
    bad = [check for check in checks if check.passed is False or check.error]
    if not bad:
        return "pass", ""
    first = bad[0]
    said = first.error or f"gave {first.actual}" + (f", not {first.expected}" if first.expected else "")
    return "fail", f"{first.name}: {said}" + (f" (and {len(bad) - 1} more)" if len(bad) > 1 else "")


def _result(remains: Remains, outcome: Outcome, reason: str, checks: Sequence[Check], trace: str) -> Result:
    return Result(
        outcome=outcome,
        checks=tuple(checks),
        reason=reason,
        traceback=trace,
        output=remains.output,
        files=remains.files,
        seconds=remains.seconds,
    )


def fault_in(line: dict[str, Any], key: str) -> dict[str, str] | None:
    """An exception as the program's side told it; None where there is none or it is not told as it should be."""
    found = line.get(key)
    if not isinstance(found, dict):
        return None
    fields = cast("dict[str, Any]", found)
    return {name: str(fields.get(name, ""))[:LONGEST] for name in ("kind", "message", "trace")}


def ending(status: Any) -> str:
    """How a process ended, in words."""
    if isinstance(status, int) and status < 0:
        try:
            return f"signal {signal.Signals(-status).name}"
        except ValueError:
            return f"signal {-status}"
    return f"exit status {status}"


def lines_of(answer: bytes, most: int) -> list[dict[str, Any]]:
    """The first whole lines; one that is no object is an empty one, which answers nothing."""
    found: list[dict[str, Any]] = []
    for line in answer.split(b"\n", most)[:-1]:
        try:
            data = values.parse(line)
        except values.Garbled as error:
            data = {"garbled": f"answered with no value: {error}"}
        found.append(cast("dict[str, Any]", data) if isinstance(data, dict) else {})
    return found
