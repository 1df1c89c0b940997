"""Entries as lines of JSON, byte for byte what the codec writes and several times sooner."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter
from typing import Any, cast

from lamarck.core import Entry, Experience, Reference
from lamarck.data.codec import Codec
from lamarck.data.strict import DEEPEST, Malformed, sound, write

CODEC = Codec()
LATER = {f.name: f.default for f in fields(Entry) if f.name in ("stream", "round", "support", "status")}
"""Fields that entries did not always have. Where they say nothing they are left out of the line, so that a version's
name is what it was before there were any."""
USUAL = 4
"""Levels that the default of a field may have."""
Writer = Callable[[Any, int], str]
sealed: Callable[[Reference], str] = attrgetter("_sealed")


class Unusual(Exception):
    """What is left to the codec: it knows how, or says what is wrong and where."""


def line(entry: Entry) -> bytes:
    """An entry as it is written; equal entries are equal lines.

    Raises: Malformed naming where it came from, for a number that is none.
    """
    return _line(entry).encode()


def lines(entries: Iterable[Entry]) -> bytes:
    """Entries as a file holds them, a line each."""
    return "".join([f"{_line(entry)}\n" for entry in entries]).encode()


def _line(entry: Entry) -> str:
    try:
        if entry.experience or entry.stream or entry.round or entry.support or entry.status:
            return _entry(entry, DEEPEST)
        # most are words alone, and then the ways of a record take longer than the words
        head = f'{{"text":{quoted(entry.text)},"kind":{quoted(entry.kind)},"key":{quoted(entry.key)}'
        return f'{head},"source":{quoted(entry.source)},"experience":null}}'
    except (Unusual, TypeError):
        return _slowly(entry)


def _slowly(entry: Entry) -> str:
    data = CODEC.encode(entry)
    for name, usual in LATER.items():
        if data[name] == usual:
            del data[name]
    if entry.experience and not entry.experience.writes:
        del data["experience"]["writes"]
    try:
        sound(data)
        return write(data)
    except Malformed as error:
        raise error.within(f"memory entry {entry.source or entry.key}") from None


def _any(value: Any, depth: int) -> str:
    """A value as text, which may be so many levels deep."""
    return _writer(cast("type[Any]", type(value)))(value, depth)


@cache
def _writer(kind: type[Any]) -> Writer:
    """What writes the values of a class."""
    if is_dataclass(kind) and not hasattr(kind, "scope"):  # an operator is written with its name
        return _record(kind)
    return _PLAIN.get(kind, _unknown)


def _record(kind: type[Any], silent: Collection[str] = (), own: Mapping[str, Writer] | None = None) -> Writer:
    """What writes the values of a dataclass: without fields that are ``silent`` where they say nothing, and with
    some written in a way of their own. Most fields hold the very object that is their default: it is written once."""
    values: Callable[[Any], tuple[Any, ...]] = attrgetter(*(f.name for f in fields(kind)))
    known = {name: _said(kind, name) for name in silent} | dict(own or {})
    named = [
        (f'"{f.name}":', f.default, "" if f.name in silent else _usual(f), known.get(f.name, _any))
        for f in fields(kind)
    ]

    def record(value: Any, depth: int) -> str:
        if depth <= USUAL:
            raise Unusual
        parts = [
            said if item is usual else key + (quoted(item) if type(item) is str else inner(item, depth - 1))
            for (key, usual, said, inner), item in zip(named, values(value), strict=True)
        ]
        return f"{{{','.join(filter(None, parts) if silent else parts)}}}"

    return record


def _usual(field: Field[Any]) -> str:
    """A field as it is written where it is not said."""
    return "" if field.default is MISSING else f'"{field.name}":{_any(field.default, DEEPEST)}'


def _said(kind: type[Any], name: str) -> Writer:
    """What writes a field that says something: 0 is as silent as 0.0."""
    usual: Any = next(f.default for f in fields(kind) if f.name == name)

    def said(value: Any, depth: int) -> str:
        if value == usual:
            raise Unusual
        return _any(value, depth)

    return said


def _several(value: Sequence[Any], depth: int) -> str:
    if not depth:
        raise Unusual
    return f"[{','.join([_any(item, depth - 1) for item in value])}]"


def _mapping(value: Mapping[str, Any], depth: int) -> str:
    if not depth or (value and set(map(type, value)) != {str}):
        raise Unusual
    return f"{{{','.join([f'{quoted(key)}:{_any(item, depth - 1)}' for key, item in value.items()])}}}"


def _number(value: float, _depth: int) -> str:
    if not math.isfinite(value):
        raise Unusual
    return float.__repr__(value)


def _reference(value: Reference, depth: int) -> str:
    return _mapping({"value": value.open().read(), "sealed": sealed(value)}, depth)


def _unknown(value: Any, _depth: int) -> str:
    raise Unusual(f"{value!r}")


_PLAIN: dict[type[Any], Writer] = {
    str: lambda value, _: quoted(value),
    int: lambda value, _: int.__repr__(value),
    float: _number,
    bool: lambda value, _: "true" if value else "false",
    type(None): lambda value, _: "null",
    tuple: _several,
    list: _several,
    dict: _mapping,
    Reference: _reference,
}
_experience = _record(Experience, ("writes",))
_entry = _record(Entry, tuple(LATER), {"experience": _experience})
