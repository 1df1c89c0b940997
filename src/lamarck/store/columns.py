"""Which parts of an experience are columns of their own, so that people can query them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One value of an encoded experience that stands in a column.

    A value that the column cannot hold exactly (a lone surrogate, a huge integer) stays in the row's
    remainder.
    """

    name: str
    type: str
    """Of Arrow; "words" are few different strings, "doubles" a list."""
    key: str = ""
    """Where it stands in its owner; "" = as the column is called."""


COLUMNS: dict[tuple[str, ...], tuple[Column, ...]] = {
    (): (Column("sample", "int64"), Column("weight", "double")),
    ("solution", "@"): (Column("text", "string"),),
    ("solution",): (
        Column("answer", "string"),
        Column("author", "words"),
        Column("stop", "words"),
        Column("logprobs", "doubles"),
    ),
    ("solution", "usage"): (
        Column("prompt_tokens", "int64", "prompt"),
        Column("tokens", "int64", "completion"),
        Column("seconds", "double"),
    ),
    ("feedback",): (
        Column("passed", "bool"),
        Column("score", "double"),
        Column("feedback", "words", "text"),
        Column("feedback_source", "words", "source"),
    ),
    ("rejected", "@"): (Column("rejected", "string", "text"),),
    ("origin",): (
        Column("operator", "words"),
        Column("learner", "words"),
        Column("seed", "uint64"),
        Column("temperature", "double"),
        Column("round", "int64"),
    ),
}
"""Owner of the values (its path; "@" is the assistant's last turn) -> the columns it has."""
SHARED = ("task", "asked", "keep")
"""Fields many rows have in common: encoded once, each row points to its own."""


def take(rows: Sequence[Data]) -> Iterator[tuple[Column, list[Any]]]:
    """Take the columns out of encoded experiences: None where a row has no such value, or keeps it."""
    for path, columns in COLUMNS.items():
        owners = [_owner(row, path) for row in rows]
        for column in columns:
            key, fits = column.key or column.name, FITS[column.type]
            yield column, [_pop(owner, key, fits) if owner else None for owner in owners]


def give(rows: Sequence[Data], values: Callable[[str], list[Any]]) -> None:
    """Put the columns back. In: the remainders, and a column's values by its name."""
    for path, columns in COLUMNS.items():
        owners = [_owner(row, path) for row in rows]
        for column in columns:
            key = column.key or column.name
            for owner, value in zip(owners, values(column.name), strict=True):
                if value is not None and owner is not None:
                    owner[key] = value


def _pop(owner: Data, key: str, fits: Callable[[Any], bool]) -> Any:
    value = owner.get(key)
    if value is None or not fits(value):
        return None
    del owner[key]
    return value


def _owner(row: Data, path: tuple[str, ...]) -> Data | None:
    owner: Any = row
    for step in path:
        owner = _answer(owner["messages"]) if step == "@" else owner[step]
        if owner is None:
            return None
    return owner


def _answer(messages: list[Data]) -> Data | None:
    return next((turn for turn in reversed(messages) if turn["role"] == "assistant"), None)


def _is_text(value: Any) -> bool:
    if type(value) is not str:
        return False
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    return True


def _are_floats(values: Any) -> bool:
    return set(map(type, values)) <= {float} and all(map(math.isfinite, values))


FITS: dict[str, Callable[[Any], bool]] = {
    "string": _is_text,
    "words": _is_text,
    "int64": lambda value: type(value) is int and -(2**63) <= value < 2**63,
    "uint64": lambda value: type(value) is int and 0 <= value < 2**64,
    "double": lambda value: type(value) is float and math.isfinite(value),
    "bool": lambda value: type(value) is bool,
    "doubles": _are_floats,
}
"""Arrow type -> whether a value survives it."""
