"""More arguments for a function than its tests have: those of the tests, each a little changed.

What is right for them is what the right program answers, so a program that answers otherwise is broken, whatever the
tests say of it. Arguments on which the right program raises say nothing and are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from lamarck.sandbox import Case, Limits, Program, Sandbox, Tests

MOST = 80
"""Changed calls of one function."""
LIMITS = Limits(seconds=8.0)


def asked(sandbox: Sandbox, program: Program, tests: Tests, entry: str) -> list[Case]:
    """Calls of the right program with what it answers. Nothing where it is not done in time."""
    right = replace(program, entry=entry)
    cases = list(islice(_cases(tests, entry), MOST))
    checks = sandbox.run(right, cases, LIMITS).checks if cases else ()
    return [
        replace(case, expected=check.value)
        for case, check in zip(cases, checks, strict=True)
        if check.passed is None and not check.error
    ]


def _cases(tests: Tests, entry: str) -> Iterator[Case]:
    seen = set[str]()
    for arguments in _calls((tests.code, *tests.asserts), entry):
        for at, old in enumerate(arguments):
            for new in _changed(old):
                changed = [*arguments[:at], new, *arguments[at + 1 :]]
                if repr(changed) not in seen:
                    seen.add(repr(changed))
                    yield Case(arguments=changed)


def _calls(sources: Sequence[str], entry: str) -> Iterator[list[Any]]:
    """The arguments of every call of the function whose arguments are written out."""
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if isinstance(node, ast.Call) and name in (entry, "candidate") and not node.keywords:
                try:
                    yield [ast.literal_eval(argument) for argument in node.args]
                except ValueError:  # computed from something
                    continue


def _changed(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, -value, type(value)(0), type(value)(1), type(value)(2), 2 * value + 1)
    elif isinstance(value, str | list | tuple):
        parts = cast("list[Any]", value)
        yield from (parts[1:], parts[:-1], parts[::-1], parts[:0], parts[:1], parts[:2], parts + parts[:1])
        if isinstance(value, str):
            yield from (value.swapcase(), value.replace(" ", ""), value[: len(value) // 2])
        elif parts:
            kind = cast("type[Any]", type(parts))
            for at in (0, len(parts) // 2, len(parts) - 1):
                yield from (kind([*parts[:at], new, *parts[at + 1 :]]) for new in islice(_changed(parts[at]), 3))
    elif isinstance(value, dict):
        pairs = list(cast("dict[Any, Any]", value).items())
        yield from (dict(pairs[1:]), dict(pairs[:-1]), dict(pairs[::-1]))
