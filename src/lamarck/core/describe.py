"""Recipes and operators as plain data: what the run folder keeps and ``lamarck show`` prints."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast


def describe(value: Any) -> Any:
    """JSON-ready data for any value of a cycle.

    A dataclass becomes ``{"is": "Filter", field: ...}``, a function its name, a tuple a list.
    Equal values give equal data, on any machine.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__} | {f.name: describe(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): describe(v) for k, v in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [describe(v) for v in cast("tuple[Any, ...]", value)]
    if isinstance(value, set | frozenset):
        return sorted(str(describe(v)) for v in cast("set[Any]", value))
    if callable(value):
        return _named(value)
    return value


def _named(value: Any) -> str:
    """A function's name; one without a name of its own is told apart by what it computes."""
    name = getattr(value, "__name__", type(value).__name__)
    code = getattr(value, "__code__", None)
    if name != "<lambda>" or code is None:
        return name
    return f"<lambda {hashlib.sha256(repr((code.co_code, code.co_consts, code.co_names)).encode()).hexdigest()[:8]}>"
