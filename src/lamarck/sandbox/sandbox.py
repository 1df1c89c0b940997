"""The sandbox on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from lamarck.sandbox.types import Case, Layers, Limits, Program, Result, Session, Tests, Trace


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

    @property
    def layers(self) -> Layers:
        """What isolates here; looks once, then remembers."""
        raise NotImplementedError

    def run(self, program: Program, cases: Sequence[Case] = (), limits: Limits | None = None) -> Result:
        """Runs a program, all its cases in one go, and compares what comes out with what was expected.

        In: with an ``entry``, each case is one call of it. Without, each case is one run of the script. No cases:
        the program is loaded or run once, and ``pass`` says that it ended by itself without an exception.
        Out: a check for each case, in order. Never raises for what a program does.
        """
        raise NotImplementedError

    def test(self, program: Program, tests: Tests, limits: Limits | None = None) -> Result:
        """Runs tests in a second sandboxed process that calls the program with data only.

        Out: a check for each test, with the compared value of a failed assert. A test that cannot be loaded makes the
        outcome ``rejected``: it says nothing about the program.
        """
        raise NotImplementedError

    def matrix(self, programs: Sequence[Program], tests: Tests, limits: Limits | None = None) -> list[Result]:
        """Every program against every test (for tests that a model wrote): a result for each program, in order."""
        return [self.test(program, tests, limits) for program in programs]

    def trace(self, program: Program, case: Case, limits: Limits | None = None, *, steps: int = 200) -> Trace:
        """One case, block by block, with the variables before and after each block."""
        raise NotImplementedError

    def project(self, files: Mapping[str, str | bytes], command: Sequence[str], limits: Limits | None = None) -> Result:
        """Lays files into a fresh folder and runs a command there, such as ``("python", "-m", "pytest", "-q")``.

        Out: ``pass`` where the command ended with status 0, and ``self_graded``: the tests share the program's
        process, so the program can write its own verdict.
        """
        raise NotImplementedError

    def session(self, limits: Limits | None = None, *, setup: str = "") -> Session:
        """A new interpreter that keeps its variables; use it as a context manager."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends every process; twice is once."""

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
