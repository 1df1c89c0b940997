"""Asserts that remember what they compared, so that a failure can be told with the value that came."""

from __future__ import annotations

import ast
from typing import Any

SHOWN = 400
_HELPER = "__sandbox_unequal__"


class Unequal(AssertionError):
    """A failed comparison."""

    def __init__(self, source: str, left: Any, right: Any, swapped: bool, message: Any) -> None:
        actual, expected = (right, left) if swapped else (left, right)
        self.actual, self.expected, self.source = shown(actual), shown(expected), source
        super().__init__(message if message is not None else source)


def shown(value: Any) -> str:
    """A value as text, cut."""
    try:
        text = repr(value)
    except Exception:
        return f"a {type(value).__name__} without a text"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def compiled(source: str, file: str) -> Any:
    """The code with its asserts rewritten. Raises: SyntaxError."""
    tree = _Rewriter(source).visit(ast.parse(source, file))
    return compile(ast.fix_missing_locations(tree), file, "exec")


def names() -> dict[str, Any]:
    """What the rewritten code needs among its globals."""
    return {_HELPER: Unequal}


class _Rewriter(ast.NodeTransformer):
    """``assert a == b, m`` keeps a and b in names of its own and raises `Unequal` of them."""

    def __init__(self, source: str) -> None:
        self._source = source

    def visit_Assert(self, node: ast.Assert) -> Any:
        test = node.test
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return node
        left, right = (ast.Name(f"__sandbox_{side}__", ast.Load()) for side in ("left", "right"))
        source = ast.get_source_segment(self._source, node) or "assert"
        arguments = [
            ast.Constant(source[:SHOWN]),
            left,
            right,
            ast.Constant(_calls(test.comparators[0]) and not _calls(test.left)),
            node.msg or ast.Constant(None),
        ]
        failure = ast.Raise(ast.Call(ast.Name(_HELPER, ast.Load()), arguments, []), None)
        lines: list[ast.stmt] = [
            ast.Assign([ast.Name("__sandbox_left__", ast.Store())], test.left),
            ast.Assign([ast.Name("__sandbox_right__", ast.Store())], test.comparators[0]),
            ast.If(ast.UnaryOp(ast.Not(), ast.Compare(left, test.ops, [right])), [failure], []),
        ]
        return [ast.copy_location(line, node) for line in lines]


def _calls(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))
