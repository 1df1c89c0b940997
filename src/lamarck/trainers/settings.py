"""Training values as they come from operators and cards, checked against the settings of a loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from lamarck.core import UsageError, unknown

Kind = TypeVar("Kind")


def resolved(given: Mapping[str, Any], rows: int, seed: int, kind: type[Kind]) -> Kind:
    """Settings of one pass over the rows. In: a dataclass with `batch`, `steps` and `seed` among its fields.

    `steps` and `epochs` say how many rows there should be; who made the rows has used them.
    Raises: UsageError for a name, a type or a word it does not know.
    """
    hints = get_type_hints(kind)
    every = {f.name: f.default for f in fields(cast("Any", kind))}
    known = {name: hints[name] for name in every if name not in ("steps", "seed")}
    taken = {name: value for name, value in given.items() if name not in ("steps", "epochs")}
    for name, value in taken.items():
        if name not in known:
            raise unknown("training setting", name, known)
        words = get_args(known[name]) if get_origin(known[name]) is Literal else ()
        if words and value not in words:
            raise unknown(f"value of training setting '{name}':", str(value), words)
        if not words and not isinstance(value, (int, float) if known[name] is float else known[name]):
            raise UsageError(f"training setting '{name}' must be {known[name].__name__}, got {value!r}")
    batch = int(taken.get("batch", every["batch"]))
    made: Any = kind
    return made(**taken, steps=-(-rows // batch), seed=seed)
