"""What goes into the sandbox and what comes out of it. All values are frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol

Outcome = Literal["pass", "fail", "error", "timeout", "limit", "rejected"]
"""``pass``: every check held. ``fail``: one did not, or the program stopped before the last. ``timeout`` and
``limit`` (memory, processes, output, answer): it was ended. ``rejected``: it was not run, for it is too long or no
text. ``error``: the sandbox itself failed, twice; this says nothing about the program and is never a reward of 0."""


class _Unset:
    """What a case expects where it expects nothing."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()
"""The ``expected`` of a case that only asks for the value."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use; past any of them it is ended."""

    seconds: float = 5.0
    """Wall clock of the whole run, all its cases together."""
    memory_mb: int = 512
    """Memory of all its processes together, above what the interpreter had at the start."""
    disk_mb: int = 64
    """Size of /tmp, the only place it can write to."""
    processes: int = 32
    """Processes and threads at one time."""
    output_kb: int = 256
    """What is kept of stdout and stderr; the rest is dropped, and far beyond it (256 times) the run is ended."""
    answer_kb: int = 1024
    """Returned values, all cases together."""
    source_kb: int = 256
    """Code, cases and files given to it, together."""
    file_kb: int = 1024
    """One collected file."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """Code to run, not trusted."""

    code: str
    """Python source. What it prints is kept apart from what its functions return."""
    entry: str = ""
    """The function, or dotted method of a class ("Solution().solve"), that cases call and tests know as
    ``candidate``. "" = a script: it runs once a case, with the case's ``stdin``."""
    files: Mapping[str, str | bytes] = field(default_factory=dict[str, "str | bytes"])
    """Laid into /tmp, its working folder, before it starts; relative paths."""
    collect: tuple[str, ...] = ()
    """Names of files in its working folder to bring out after it ended."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call and what it should give. Values are plain data: numbers, texts, bytes, lists, tuples, sets, dicts ...

    ``expected`` never enters the sandbox: values come out and are compared by the supervisor.
    """

    arguments: Sequence[Any] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stdin: str = ""
    """For a script."""
    expected: Any = UNSET
    """The value to be returned; for a script, what it must print (space at line ends and the end aside). Types
    count: 1 is not 1.0, (1,) is not [1], True is not 1; a NaN equals a NaN."""
    tolerance: float | None = None
    """Largest relative or absolute error of numbers. Given, whole numbers and floats compare by value."""


@dataclass(frozen=True, kw_only=True)
class Tests:
    """Tests in the form of code. They run in a sandboxed process of their own that calls the program's.

    Only data crosses between the two, so the program can neither see the tests nor answer for them; what it returns
    arrives as plain types. Objects of its own classes stay with it; the tests hold handles to them. The tests know
    the entry as ``candidate`` and by its name, the program's other functions and classes by theirs, and all of them
    as the module ``solution``.
    """

    __test__: ClassVar[bool] = False  # pytest shall not take it for one of its own

    setup: str = ""
    """Runs first, on the side of the tests: imports, helpers, the prompt of a HumanEval task. What it defines comes
    before what the program defines under the same name, but for the entry."""
    code: str = ""
    """Defines ``check(candidate)`` (HumanEval), functions ``test_...`` or ``unittest.TestCase`` classes, or asserts
    at its top. One check for each test; for ``check`` and the top, one for the whole."""
    asserts: tuple[str, ...] = ()
    """Statements such as ``assert f(1) == 2`` (MBPP): one check each, all of them run."""
    seconds: float | None = None
    """Wall clock of one call of the program; one that takes longer fails its own check, and the others still run."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What came of one case or one test."""

    passed: bool | None
    """None where the case expected nothing and a value came."""
    name: str = ""
    """The call, the assert or the test, as text."""
    value: Any = None
    """What was returned, as plain data (cases only)."""
    actual: str = ""
    """What came, as text: the returned value, or the compared value of a failed assert."""
    expected: str = ""
    """What should have come, as text, where that is known."""
    error: str = ""
    """The exception, "ValueError: no such key", where there was one."""
    traceback: str = ""
    """Lines of the program that led to the exception."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one program."""

    outcome: Outcome
    checks: tuple[Check, ...] = ()
    """In the order of the cases or tests; those after a sudden end are there with ``passed=False``."""
    reason: str = ""
    """Why it is no pass, in a line."""
    traceback: str = ""
    """Of an exception outside the checks: code that does not compile, or raises when it is loaded."""
    output: str = ""
    """What it printed, stdout and stderr, cut."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """The collected files that were there: ordinary ones, of one name, within the limit."""
    seconds: float = 0.0
    tier: int = 0
    """How it was isolated, see :class:`Layers`."""
    self_graded: bool = False
    """The tests shared the program's process, so the program could have written the verdict itself. Keep such
    results out of training unless the user says otherwise."""
    attempts: int = 1
    """2 where the sandbox failed once and the run was made again."""

    @property
    def passed(self) -> bool:
        """Whether the outcome is ``pass``."""
        return self.outcome == "pass"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One basic block, as it was run, for feedback by blocks."""

    number: int
    """Which block of the program, from 0; a loop's block comes as often as it ran."""
    lines: tuple[int, int]
    """First and last line, from 1."""
    source: str
    before: Mapping[str, str]
    """Local variables when it began, by name, as short text."""
    after: Mapping[str, str]
    """The same when it ended: at the next block, the return, or the exception."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One case, block by block."""

    result: Result
    steps: tuple[Step, ...]
    """In the order of execution, the first ones where there are too many."""
    complete: bool
    """Whether no step was left out."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one block of code in a session."""

    outcome: Literal["pass", "fail", "error", "timeout", "limit", "rejected"]
    """``pass``: it ran to its end. ``fail``: it raised."""
    output: str = ""
    """What it printed, and the value of a last expression as the prompt of Python shows it."""
    value: str = ""
    """``repr`` of the last expression's value; "" for None."""
    error: str = ""
    traceback: str = ""
    alive: bool = True
    """Whether the session still has its variables. After a ``limit`` it is over; after a ``timeout`` it may be."""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Layers:
    """What isolates programs on this machine, as found by trying it."""

    tier: int
    """1: namespaces, Landlock, seccomp, limits, own user. 2: all but the namespaces. 3: WebAssembly (not offered
    yet). 4: limits only, on request."""
    active: tuple[str, ...]
    """In words, from outside in."""
    missing: tuple[str, ...] = ()
    """What this machine lacks, each with why and what to do."""
    attacks: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Small attacks that were tried at start, by name: whether each was stopped."""
    python: str = ""
    """Version of the interpreter inside."""

    def describe(self) -> Mapping[str, Any]:
        """Plain data for the run folder and the report."""
        return {
            "tier": self.tier,
            "active": list(self.active),
            "missing": list(self.missing),
            "attacks": dict(self.attacks),
            "python": self.python,
        }


class Session(Protocol):
    """An interpreter that keeps its variables from block to block. Closed with the experience it serves."""

    def run(self, code: str, seconds: float | None = None, /) -> Reply:
        """Runs a block and waits for it, at most ``seconds`` (the limits' where None)."""
        ...

    def close(self) -> None:
        """Ends every process of the session; twice is once."""
        ...

    def __enter__(self) -> Session: ...

    def __exit__(self, *error: object) -> None: ...


class Runner(Protocol):
    """A place where programs run. :class:`lamarck.sandbox.Sandbox` is the one on this machine."""

    @property
    def layers(self) -> Layers:
        """What isolates here."""
        ...

    def run(self, program: Program, cases: Sequence[Case] = (), limits: Limits | None = None) -> Result:
        """Runs a program, all its cases in one go, and compares outside."""
        ...

    def test(self, program: Program, tests: Tests, limits: Limits | None = None) -> Result:
        """Runs tests against a program from a second process."""
        ...

    def matrix(self, programs: Sequence[Program], tests: Tests, limits: Limits | None = None) -> list[Result]:
        """Every program against every test."""
        ...

    def trace(self, program: Program, case: Case, limits: Limits | None = None, *, steps: int = 200) -> Trace:
        """One case, block by block."""
        ...

    def project(self, files: Mapping[str, str | bytes], command: Sequence[str], limits: Limits | None = None) -> Result:
        """A project that tests itself; the result is ``self_graded``."""
        ...

    def session(self, limits: Limits | None = None, *, setup: str = "") -> Session:
        """A new interpreter that keeps its variables."""
        ...
