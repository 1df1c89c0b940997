"""A user's project that tests itself with pytest: the answer is one of its files, the tests are others.

Tests and program share a process, so the program can write its own verdict. Such verdicts are marked ``self_graded``;
under the check "project" they measure (selection, sealed) but teach nothing: on practice tasks there is no verdict.
Under "project-trusted" they teach as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from lamarck.core import Feedback, Solution, Task
from lamarck.environments.code.box import Box
from lamarck.environments.code.extract import code_of
from lamarck.environments.tasks.item import Item
from lamarck.sandbox import Limits, Runner

COMMAND = ("python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
PLACE = "solution.py"
"""Where the answer goes unless the row's ``path`` says otherwise."""
TESTS = "test_solution.py"
"""Where tests that are one text go."""
SECONDS = 60.0
SHOWN = 1500
"""Characters of pytest's last words that feedback quotes."""


class ProjectCheck:
    """Lays the project of a row and a solution into the sandbox and lets pytest run there.

    Rows have ``tests`` (a text, or an object path -> text), and as they need: ``files`` (path -> text), ``path``.
    """

    def __init__(self, *, trusted: bool = False, runner: Runner | None = None) -> None:
        """In: whether verdicts may teach; where projects run, None = a sandbox of its own with pytest in it."""
        self.trusted = trusted
        self.box = Box(runner, packages=("pytest",))

    def __call__(self, item: Item, task: Task, solution: Solution) -> Feedback:
        """Passed where pytest ended well; no verdict on practice tasks unless verdicts are trusted."""
        code = code_of(solution.text)
        if not code.strip():
            return Feedback(passed=False, score=0.0, text="there is no code in the answer", source="pytest")
        result = self.box.runner.project(
            {**files_of(item.row), place_of(item.row): code}, COMMAND, Limits(seconds=SECONDS)
        )
        details: dict[str, Any] = {"outcome": result.outcome, "self_graded": True, "tier": result.tier}
        text = "right" if result.passed else (result.output.strip()[-SHOWN:] or result.reason)
        if result.outcome in ("error", "rejected"):
            return Feedback(passed=None, text=f"no verdict: {result.reason}", source="pytest", details=details)
        if task.split == "practice" and not self.trusted:
            said = f"self-graded, so it teaches nothing (--check project-trusted lets it): {text}"
            return Feedback(passed=None, text=said, source="pytest", details={**details, "said": result.passed})
        return Feedback(passed=result.passed, score=float(result.passed), text=text, source="pytest", details=details)


def files_of(row: Mapping[str, Any]) -> dict[str, str | bytes]:
    """The project's files by path, its tests among them. Raises: ValueError where there are none."""
    tests, more = _object(row.get("tests") or row.get("test")), _object(row.get("files") or {})
    if not tests:
        raise ValueError("has no tests; give a text for pytest, or an object path -> text")
    given = cast("Mapping[str, Any]", tests) if isinstance(tests, Mapping) else {TESTS: str(tests)}
    return {str(path): str(text) for path, text in {**cast("Mapping[str, Any]", more), **given}.items()}


def place_of(row: Mapping[str, Any]) -> str:
    """The file that an answer is."""
    return str(row.get("path") or PLACE)


def _object(value: Any) -> Any:
    """An object that a CSV holds as text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
