"""Tests that a model wrote, read and never run: its asserts, and a program that does nothing to try them on."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Sequence

from lamarck.core import Message, Solution

LONGEST = 20_000
"""Characters of a reply that are read."""
_FENCE = re.compile(r"^[ \t]*```[ \t]*\w*[ \t]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^assert\b.*$", re.MULTILINE)


def asserts(text: str) -> list[str]:
    """The assert statements of a reply, each once, in order: of its blocks of code, or of its lines."""
    text = text[:LONGEST]
    code = "\n".join(_FENCE.findall(text)) or text
    found = _statements(code)
    if not found:  # prose around them, or one that is no Python: line by line
        found = [line for each in _LINE.findall(code) for line in _statements(each)]
    return list(dict.fromkeys(found))


def idle(tests: Sequence[str]) -> Solution:
    """A program whose functions, all that the tests call, take anything and return None."""
    names = dict.fromkeys(name for test in tests for name in calls(test))
    code = "\n".join(f"def {name}(*_args, **_named):\n    return None\n" for name in names)
    return Solution(messages=(Message(role="assistant", text=f"```python\n{code}\n```"),))


def calls(test: str) -> list[str]:
    """Names that a test calls and Python does not have; a test without any is about no program."""
    tree = _tree(test)
    made = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
    return [one.id for one in made if isinstance(one, ast.Name) and not hasattr(builtins, one.id)]


def _statements(code: str) -> list[str]:
    tree = _tree(code)
    if tree is None:
        return []
    found = (ast.get_source_segment(code, node) for node in tree.body if isinstance(node, ast.Assert))
    return [one for one in found if one]


def _tree(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
