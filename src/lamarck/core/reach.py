"""A place inside frozen values by its path, and the whole made anew with another value there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from lamarck.core.errors import UsageError, unknown

Make = Callable[[Any, Any], Any]
"""(owner, old value) -> new value; the owner is the dataclass that holds the field."""


def within(owner: Any, parts: list[str], make: Make, path: str) -> Any:
    """``owner`` with the place ``parts`` points to made anew; tuples are searched by class or index."""
    if isinstance(owner, tuple):
        return _of_chain(cast("tuple[Any, ...]", owner), parts, make, path)
    if isinstance(owner, dict):
        values = cast("dict[str, Any]", owner)
        return {**values, parts[0]: make(values, values.get(parts[0]))}
    if not is_dataclass(owner) or isinstance(owner, type):
        raise UsageError(f"'{path}': there is nothing below a {type(owner).__name__}")
    if parts[0] == type(owner).__name__:
        return within(owner, parts[1:], make, path) if parts[1:] else make(owner, owner)
    names = [field.name for field in fields(owner)]
    if parts[0] not in names:
        raise unknown(f"field '{path}', at", parts[0], names, f"{type(owner).__name__} has no such field")
    old = getattr(owner, parts[0])
    return replace(owner, **{parts[0]: within(old, parts[1:], make, path) if parts[1:] else make(owner, old)})


def _of_chain(chain: tuple[Any, ...], parts: list[str], make: Make, path: str) -> tuple[Any, ...]:
    named = [i for i, part in enumerate(chain) if parts[0] in (str(i), type(part).__name__)]
    owning = [i for i, part in enumerate(chain) if hasattr(part, parts[0])]
    rest = parts[1:] if named else parts
    hits = named or owning
    if not hits:
        raise unknown(f"operator in '{path}':", parts[0], [type(part).__name__ for part in chain])
    made = list[Any](chain)
    for i in hits:
        made[i] = within(chain[i], rest, make, path) if rest else make(chain, chain[i])
    return tuple(part for part in made if part != ())
