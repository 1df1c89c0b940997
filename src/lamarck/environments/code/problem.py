"""A function to write: what is asked, what is shown of its tests, and what stays hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from lamarck.environments.code.extract import called, defines
from lamarck.sandbox import Tests

SHOWN = 1
"""Tests of a list that the prompt shows; the others are hidden."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem, in MBPP's form (asserts) or HumanEval's (a prompt to go on from, and ``check``)."""

    words: str
    """What is asked."""
    entry: str = ""
    """The function."""
    setup: str = ""
    """Code on the side of the tests: imports, helpers of the prompt."""
    prompt: str = ""
    """The head of a function that an answer may just go on from."""
    visible: tuple[str, ...] = ()
    """Asserts that the prompt shows, and that feedback may quote."""
    hidden: tuple[str, ...] = ()
    """Asserts that only the verdict knows."""
    code: str = ""
    """Hidden tests in the form of code, with ``check(candidate)``."""
    reference: str = ""

    @property
    def tests(self) -> Tests:
        """All of them, the visible asserts first."""
        return Tests(setup=self.setup, code=self.code, asserts=(*self.visible, *self.hidden))

    @property
    def asked(self) -> str:
        """The question with its visible tests."""
        if not self.visible:
            return self.words
        return f"{self.words}\nYour code must pass this test, and others like it:\n" + "\n".join(self.visible)


def of_row(row: Mapping[str, Any]) -> Problem:
    """The problem of a row in MBPP's or HumanEval's columns, or with ``question`` and ``tests`` of a user's own.

    Raises: KeyError, TypeError, ValueError for a row that is neither.
    """
    if "entry_point" in row and "test" in row:
        prompt = str(row["prompt"])
        return Problem(
            words=f"Complete this function; repeat its head and its imports.\n\n{prompt}",
            entry=str(row["entry_point"]),
            setup=prompt,
            prompt=prompt,
            code=str(row["test"]),
            reference=prompt + str(row.get("canonical_solution") or ""),
        )
    listed = row.get("test_list") or row.get("tests") or row.get("test") or row.get("asserts")
    tests = [str(test) for test in _list(listed)]
    if not tests:
        raise ValueError("has no tests; give a column test_list, tests or asserts, or HumanEval's test and entry_point")
    more = [str(test) for test in _list(row.get("challenge_test_list"))]
    reference = str(row.get("code") or row.get("solution") or row.get("canonical_solution") or "")
    # MBPP's setup may use classes of the program, so it belongs to each test
    before = f"{setup}\n" if (setup := str(row.get("test_setup_code") or "").replace("\r\n", "\n").strip()) else ""
    tests, more = [before + test for test in tests], [before + test for test in more]
    imports = "\n".join(map(str, _list(row.get("test_imports"))))
    words = row.get("text") or row.get("prompt") or row.get("question") or row.get("problem")
    return Problem(
        words=str(words),
        entry=str(row.get("entry_point") or _entry(tests, reference)),
        setup=imports,
        visible=tuple(tests[:SHOWN]),
        hidden=(*tests[SHOWN:], *more),
        reference=reference.replace("\r\n", "\n"),
    )


def entry_of(tests: Sequence[str]) -> str:
    """The function that tests are about."""
    return _entry(tests, "")


def _entry(tests: Sequence[str], reference: str) -> str:
    """The function that the tests call: the one the reference defines, else the first that is no builtin."""
    names = called("\n".join(tests))
    own = [name for name in names if defines(reference.replace("\r\n", "\n"), name)]
    builtins = cast("Mapping[str, Any]", __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__))
    return next(iter(own or [name for name in names if name not in builtins]), "")


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else [value]
