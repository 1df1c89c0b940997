"""Programs of models, judged by tests in the sandbox, with feedback that says what came and what should have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamarck.core import Feedback, Solution, Task
from lamarck.environments.code import problem as problems
from lamarck.environments.code.box import Box
from lamarck.environments.code.extract import code_of
from lamarck.environments.code.problem import Problem
from lamarck.environments.tasks.item import Item
from lamarck.sandbox import Case, Check, Result, Runner, Tests, Trace
from lamarck.sandbox import Program as Source

SOURCE = "tests"
LONGEST = 2000
"""Characters of a feedback's text."""
SPEAKS = ("fail", "timeout", "limit")
"""Outcomes that say something against the program; the others but "pass" say nothing."""


class CodeCheck:
    """Rules on solutions of code problems. Holds one sandbox, which starts with the first verdict."""

    def __init__(self, runner: Runner | None = None) -> None:
        """In: where programs run; None = a sandbox of its own."""
        self.box = Box(runner)

    def __call__(self, item: Item, task: Task, solution: Solution) -> Feedback:
        """The verdict on a solution of an item."""
        return self.ruled(problems.of_row(item.row), solution)

    def words(self, item: Item) -> str:
        """A problem as it is asked: with its visible tests and the form of the answer."""
        return f"{problems.of_row(item.row).asked}\n\n{FORM}"

    def ruled(self, problem: Problem, solution: Solution) -> Feedback:
        """Passed where every test holds. What feedback quotes is of visible tests alone.

        A fault of the sandbox or of the tests gives no verdict, never a score of 0.
        """
        code = code_of(solution.text, problem.entry, problem.prompt)
        if not code.strip():
            return Feedback(passed=False, score=0.0, text="there is no code in the answer", source=SOURCE)
        result = self.box.runner.test(Source(code=code, entry=problem.entry), problem.tests)
        held = [check.passed is True for check in result.checks]
        shown, count = len(problem.visible), max(len(held), 1)
        details = {
            "outcome": result.outcome,
            "visible": shown,
            "visible passed": sum(held[:shown]),
            "hidden": len(held) - shown,
            "hidden passed": sum(held[shown:]),
            "tier": result.tier,
        }
        if not result.passed and result.outcome not in SPEAKS:
            return Feedback(passed=None, text=f"no verdict: {result.reason}", source=SOURCE, details=details)
        score = 1.0 if result.passed else min(sum(held) / count, 1 - 1 / (count + 1))
        text = told(result, problem)[:LONGEST]
        return Feedback(passed=result.passed, score=score, text=text, source=SOURCE, details=details)

    def tested(self, problem: Problem | None, solution: Solution, tests: Sequence[str]) -> Feedback:
        """The verdict of other tests than the problem's, all of them visible; None for a task that is no problem."""
        asked = problem or Problem(words="", entry=problems.entry_of(tests))
        return self.ruled(replace(asked, visible=tuple(tests), hidden=(), code=""), solution)

    def traced(self, problem: Problem, solution: Solution, case: Case, steps: int = 200) -> Trace:
        """One call of a solution's function, block by block, with the variables before and after each block."""
        code = code_of(solution.text, problem.entry, problem.prompt)
        return self.box.runner.trace(Source(code=code, entry=problem.entry), case, steps=steps)

    def matrix(self, problem: Problem, solutions: Sequence[Solution], asserts: Sequence[str]) -> list[list[bool]]:
        """Which solution passes which of a model's own tests, [solutions][tests]; a test that cannot run passes nobody.

        Source: CodeT (arXiv:2207.10397), section 2.2, ranks both by their agreement.
        """
        tests = Tests(setup=problem.setup, asserts=tuple(asserts))
        codes = [code_of(solution.text, problem.entry, problem.prompt) for solution in solutions]
        results = self.box.runner.matrix([Source(code=code, entry=problem.entry) for code in codes], tests)
        return [[check.passed is True for check in result.checks] or [False] * len(asserts) for result in results]


FORM = "Write the code in Python. Put all of it in one block between ```python and ```, without tests of your own."


def told(result: Result, problem: Problem) -> str:
    """Feedback in words: the failed visible test with what came, the exception with its lines, how many hidden fail."""
    if result.passed:
        return "right"
    if result.outcome in ("timeout", "limit"):
        return f"{result.outcome}: {result.reason}"
    if result.traceback:
        return f"the code cannot be loaded: {result.reason}\n{result.traceback}".strip()
    shown = len(problem.visible)
    for check in result.checks[:shown]:
        if check.passed is not True:
            return _failed(check)
    hidden = result.checks[shown:]
    failed = [check for check in hidden if check.passed is not True]
    raised = next((check.error for check in failed if check.error and not check.error.startswith("AssertionError")), "")
    some = f"it passes what is shown, but fails {len(failed)} of {len(hidden)} hidden tests"
    return f"{some}; one raises {raised}" if raised else some


def _failed(check: Check) -> str:
    lines = [f"failed: {check.name}"]
    if check.actual:
        lines.append(f"came: {check.actual}" + (f"\nshould have come: {check.expected}" if check.expected else ""))
    if check.error and not check.error.startswith("AssertionError"):
        lines.append(f"raised: {check.error}")
    if check.traceback:
        lines.append(check.traceback.rstrip())
    return "\n".join(lines)
