"""The sandbox on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from lamarck.core import UsageError
from lamarck.sandbox.conduct import Remains, Run, wait
from lamarck.sandbox.grade import commanded, graded, plain, scripted
from lamarck.sandbox.guest import values
from lamarck.sandbox.installed import packages
from lamarck.sandbox.probe import Found, probe
from lamarck.sandbox.sessions import Interpreter
from lamarck.sandbox.testing import conducted, judged
from lamarck.sandbox.tracing import traced
from lamarck.sandbox.types import UNSET, Case, Layers, Limits, Program, Result, Session, Tests, Trace
from lamarck.sandbox.zygotes import SandboxFault, Zygote

ATTEMPTS = 2


class Sandbox:
    """Runs programs that nobody trusts, each apart from everything. Safe to call from many threads.

        with Sandbox() as sandbox:
            result = sandbox.run(Program(code="def f(x): return x + 1", entry="f"), [Case(arguments=[1], expected=2)])

    In: how many warm interpreters to hold (``workers``; runs beyond that wait), which installed packages programs
    may import (``packages``), limits unless a call brings its own.
    Raises: UsageError where this machine cannot isolate and ``unsafe_sandbox`` is not set; it says what to install.
    Nothing starts before the first call. Closing ends all its processes.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        limits: Limits | None = None,
        packages: Sequence[str] = (),
        unsafe_sandbox: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self._workers, self._packages, self._unsafe = workers, tuple(packages), unsafe_sandbox
        self._opening = threading.Lock()
        self._found: Found | None = None
        self._closed = False

    @property
    def layers(self) -> Layers:
        """What isolates here; looks once, then remembers. Raises: UsageError where nothing safe enough does."""
        return self._place().layers

    def _place(self) -> Found:
        with self._opening:
            if self._closed:
                raise UsageError("the sandbox is closed; open another")
            if self._found is None:
                packages(self._packages)  # a package that is not there is the caller's fault, not the machine's
                self._found = probe(self._packages, self._workers, self._unsafe)
            return self._found

    def run(self, program: Program, cases: Sequence[Case] = (), limits: Limits | None = None) -> Result:
        """Runs a program, all its cases in one go, and compares what comes out with what was expected.

        In: with an ``entry``, each case is one call of it. Without, each case is one run of the script. No cases:
        the program is loaded or run once, and ``pass`` says that it ended by itself without an exception.
        Out: a check for each case, in order. Never raises for what a program does.
        """
        limits = limits or self.limits
        cases = [_plain(case) for case in cases]
        request = _request(program, "calls")
        if program.entry:
            request["cases"] = [_call(case) for case in cases]
            return self._once(request, program, limits, lambda remains: graded(remains, cases, program.entry))
        results: list[Result] = []
        for case in cases or [None]:
            asked = {**request, "mode": "script", "stdin": case.stdin if case else ""}

            def verdict(remains: Remains, case: Case | None = case) -> Result:
                return scripted(remains, case)

            results.append(self._once(asked, program, limits, verdict))
        return _together(results)

    def test(self, program: Program, tests: Tests, limits: Limits | None = None) -> Result:
        """Runs tests in a second sandboxed process that calls the program with data only.

        Out: a check for each test, with the compared value of a failed assert. Tests that cannot be loaded, or are
        none, make the outcome ``rejected``: it says nothing about the program.
        """
        limits = limits or self.limits
        line = {"largest": limits.answer_kb << 10, "seconds": tests.seconds}
        ours = {**_request(program, "serve"), **line}
        theirs: dict[str, Any] = {
            "mode": "tests",
            "code": tests.code,
            "setup": tests.setup,
            "asserts": tests.asserts,
            "entry": program.entry,
            "files": {},
            **line,
        }
        refused = _refused(ours, limits) or _refused(theirs, limits)
        if refused:
            return Result(outcome="rejected", reason=refused)
        return self._tried(lambda zygote: judged(*conducted(zygote, ours, theirs, program, limits)))

    def _once(
        self, request: dict[str, Any], program: Program, limits: Limits, verdict: Callable[[Remains], Result]
    ) -> Result:
        refused = _refused(request, limits)
        if refused:
            return Result(outcome="rejected", reason=refused)
        return self._tried(lambda zygote: verdict(_conducted(zygote, request, program, limits)))

    def _tried(self, attempt: Callable[[Zygote], Result]) -> Result:
        """A fault of the sandbox is tried again, once, and then told as what it is: no verdict."""
        place, said = self._place(), ""
        for count in range(1, ATTEMPTS + 1):
            try:
                with place.zygotes.lease() as zygote:
                    return replace(attempt(zygote), attempts=count, tier=place.layers.tier)
            except SandboxFault as fault:
                said = str(fault)
        return Result(outcome="error", reason=said, attempts=ATTEMPTS, tier=place.layers.tier)

    def matrix(self, programs: Sequence[Program], tests: Tests, limits: Limits | None = None) -> list[Result]:
        """Every program against every test (for tests that a model wrote): a result for each program, in order."""
        return [self.test(program, tests, limits) for program in programs]

    def trace(self, program: Program, case: Case, limits: Limits | None = None, *, steps: int = 200) -> Trace:
        """One case, block by block, with the variables before and after each block.

        In: a program with an entry. Out: the first ``steps`` steps, also of a program that never ends.
        """
        limits, case = limits or self.limits, _plain(case)
        request = {**_request(program, "trace"), "cases": [_call(case)], "steps": steps}
        found: list[Trace] = []

        def verdict(remains: Remains) -> Result:
            found[:] = [traced(remains, case, program.entry, program.code, steps)]
            return found[0].result

        result = self._once(request, program, limits, verdict)
        return replace(found[0], result=result) if found else Trace(result=result, steps=(), complete=False)

    def project(self, files: Mapping[str, str | bytes], command: Sequence[str], limits: Limits | None = None) -> Result:
        """Lays files into a fresh folder and runs a command there, such as ``("python", "-m", "pytest", "-q")``.

        Out: ``pass`` where the command ended with status 0, and ``self_graded``: the tests share the program's
        process, so the program can write its own verdict.
        """
        request = {"mode": "command", "command": list(command), "files": _files(files)}
        return self._once(request, Program(code=""), limits or self.limits, commanded)

    def session(self, limits: Limits | None = None, *, setup: str = "") -> Session:
        """A new interpreter that keeps its variables; use it as a context manager.

        Raises: SandboxFault where none can be started.
        """
        return Interpreter(self._place().zygotes, limits or self.limits, setup)

    def close(self) -> None:
        """Ends every process; twice is once."""
        with self._opening:
            self._closed = True
            found, self._found = self._found, None
        if found:
            found.zygotes.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _conducted(zygote: Zygote, request: dict[str, Any], program: Program, limits: Limits) -> Remains:
    run = Run(zygote, request, limits, collect=program.collect, apart=request["mode"] == "script")
    try:
        wait([run])
        return run.remains()
    finally:
        run.close()


def _request(program: Program, mode: str) -> dict[str, Any]:
    return {"mode": mode, "code": program.code, "entry": program.entry, "files": _files(program.files)}


def _plain(case: Case) -> Case:
    return replace(
        case,
        arguments=[plain(value, "an argument") for value in case.arguments],
        keywords={name: plain(value, f"the argument '{name}'") for name, value in case.keywords.items()},
        expected=plain(case.expected, "an expected value") if case.expected is not UNSET else UNSET,
    )


def _call(case: Case) -> str:
    return values.dumps([list(case.arguments), dict(case.keywords)])


def _files(files: Mapping[str, str | bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, content in files.items():
        parts = name.split("/")
        if "\0" in name or any(part in ("", ".", "..") for part in parts):
            raise UsageError(f"a file of the sandbox has the name {name!r}; give a path below its folder")
        found[name] = values.dumps(content.encode() if isinstance(content, str) else content)
    return found


def _refused(request: dict[str, Any], limits: Limits) -> str:
    """Why a request is not run; "" where it is."""
    size = len(str(request.get("code", "")))
    parts = (
        *request.get("cases", ()),
        *request.get("asserts", ()),
        request.get("setup", ""),
        *request["files"].values(),
    )
    size += sum(map(len, parts))
    if size > limits.source_kb << 10:
        return f"{size / 1024:,.0f} KB of code, cases and files, of {limits.source_kb:,} KB at most"
    if "\0" in request.get("code", ""):
        return "the code has a zero byte in it"
    return ""


def _together(results: Sequence[Result]) -> Result:
    """The cases of a script as one result: the first outcome that is no pass, and every check."""
    worst = next((result for result in results if not result.passed), results[0])
    checks = tuple(check for result in results for check in result.checks)
    return replace(worst, checks=checks, seconds=sum(result.seconds for result in results))
