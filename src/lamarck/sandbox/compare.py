"""Whether what came is what was expected. Runs outside, on plain values."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, cast


def same(actual: Any, expected: Any, tolerance: float | None = None) -> bool:
    """Equal in type and value, all the way down; a NaN equals a NaN.

    With a tolerance whole numbers and floats compare by value, within it (relative or absolute); truth values never.
    """
    if tolerance is not None and _number(actual) and _number(expected):
        return _near(actual, expected, tolerance)
    kind = cast("type[Any]", type(expected))
    if type(actual) is not kind:
        return False
    if isinstance(expected, dict):
        return _same_dicts(actual, cast("dict[Any, Any]", expected), tolerance)
    if isinstance(expected, list | tuple | deque):
        parts = cast("list[Any]", expected)
        pairs = zip(actual, parts, strict=False)
        return len(actual) == len(parts) and all(same(one, other, tolerance) for one, other in pairs)
    if isinstance(expected, set | frozenset):
        return _same_sets(actual, cast("set[Any]", expected))
    if kind is float:
        return actual == expected or (math.isnan(actual) and math.isnan(expected))
    if kind is complex:
        return same(actual.real, expected.real, tolerance) and same(actual.imag, expected.imag, tolerance)
    return bool(actual == expected)


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _near(actual: float, expected: float, tolerance: float) -> bool:
    if actual == expected:
        return True
    try:
        if math.isnan(actual) or math.isnan(expected):
            return math.isnan(actual) and math.isnan(expected)
        return math.isclose(actual, expected, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # a whole number beyond every float
        return False


def _same_dicts(actual: dict[Any, Any], expected: dict[Any, Any], tolerance: float | None) -> bool:
    """Keys are the same in type too: {1: x} is not {True: x}, though Python finds one by the other."""
    if len(actual) != len(expected):
        return False
    keys = {key: key for key in actual}
    return all(
        key in keys and same(keys[key], key) and same(actual[key], value, tolerance) for key, value in expected.items()
    )


def _same_sets(actual: set[Any] | frozenset[Any], expected: set[Any] | frozenset[Any]) -> bool:
    if len(actual) != len(expected):
        return False
    members = {item: item for item in actual}
    return all(item in members and same(members[item], item) for item in expected)


def same_text(actual: str, expected: str) -> bool:
    """Of scripts: the same lines, but for space at their ends and empty lines at the end."""
    return _lines(actual) == _lines(expected)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
