"""Values that come in as text, TOML or JSON, as the type that a signature or a field declares."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

from lamarck.core import Method, RecipeError, UsageError
from lamarck.core.edit import change

NOTHING = ("none", "null")
"""What stands for None where None is allowed."""

Scalar = str | int | float | bool | None
"""A value under a name of the user's own, such as a parameter of the objective: its text decides."""


def of_text(text: str, kind: Any, where: str) -> Any:
    """``text`` as a ``kind``: 10, 0.7, true, none, a,b (or JSON) for lists.

    Raises: UsageError that names where, what was given and the type.
    """
    if type(None) in get_args(kind) and text.lower() in NOTHING:
        return None
    if kind is str:
        return text
    adapter = _adapter(kind, where)
    readings: list[Any] = [_json(text) if kind == Scalar else text]
    if _is_list(kind):
        readings = [_json(text) if text.startswith("[") else text.split(",")]
    for reading in readings:
        try:
            return _finite(adapter.validate_python(reading), where, text)
        except ValidationError:
            continue
    raise UsageError(f"{where}: '{text}' is no {called(kind)}")


def of_value(value: Any, kind: Any, where: str) -> Any:
    """A value from TOML, JSON or Python as a ``kind``; quotes count: "10" is no int. Raises: UsageError."""
    try:
        # as JSON, because there a list is what a tuple is written as, and in strict Python it is not
        return _adapter(kind, where).validate_json(json.dumps(value, allow_nan=False), strict=True)
    except (ValidationError, TypeError, ValueError) as error:
        raise UsageError(f"{where}: {value!r} is no {called(kind)}") from error


def called(kind: Any) -> str:
    """A type as people say it: "int", "float or none", "'batch' or 'seed'"."""
    if kind is type(None):
        return "none"
    if get_origin(kind) is Literal:
        return " or ".join(repr(value) for value in get_args(kind))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(called(member) for member in get_args(kind))
    if _is_list(kind):
        return f"list of {called(get_args(kind)[0])}" if get_args(kind) else "list"
    return getattr(kind, "__name__", str(kind))


def settings(method: Method, texts: Iterable[str]) -> dict[str, Any]:
    """``path=value`` texts of ``--set``, each value of the type that the field at its path declares.

    Raises: RecipeError with one line for each that has no "=", leads nowhere or is of a wrong type.
    """
    found: dict[str, Any] = {}
    faults: list[str] = []
    for text in texts:
        path, equals, value = text.partition("=")
        try:
            if not equals or not path:
                raise UsageError(f"--set {text}: give path=value, such as --set updating.lr=1e-3")
            found[path] = of_text(value, kind_at(method, path), path)
        except UsageError as fault:
            faults.append(str(fault))
    if faults:
        raise RecipeError(faults)
    return found


def kind_at(method: Method, path: str) -> Any:
    """The declared type of the field at a path of ``--set``. Raises: UsageError where there is none."""
    return _look(method, path)[0]


def value_at(method: Method, path: str) -> Any:
    """What stands at a path of ``--set``. Raises: UsageError where it leads nowhere."""
    return _look(method, path)[1]


def _look(method: Method, path: str) -> tuple[Any, Any]:
    name = path.rpartition(".")[2]
    seen: list[tuple[Any, Any]] = []

    def look(owner: Any, old: Any) -> Any:
        if isinstance(owner, Mapping):
            seen.append((Scalar, old))
        elif owner is old or isinstance(owner, tuple):
            raise UsageError(f"--set {path}=...: names an operator, not a field of it; add .field, or see --ablate")
        else:
            seen.append((_hint(owner, name), old))
        return old

    change(method, path, look)
    return seen[0]


def _hint(owner: object, name: str) -> Any:
    try:
        return get_type_hints(type(owner))[name]
    except NameError:  # an annotation that is imported for the type checker alone
        return cast("Any", type(getattr(owner, name)))


def _adapter(kind: Any, where: str) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(kind)
    except PydanticSchemaGenerationError as error:
        raise UsageError(f"{where}: is a {called(kind)}, which no text can give; write it in a recipe file") from error


def _is_list(kind: Any) -> bool:
    return (get_origin(kind) or kind) in (list, tuple, set, frozenset)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _finite(value: Any, where: str, text: str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{where}: '{text}' is no finite number")
    return value
