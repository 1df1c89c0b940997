"""Values as text that can be read without running anything: JSON in which every object is a tag.

Numbers, texts, lists, true, false and null are themselves; all else is ``{"tag": payload}``: ``{"tuple": [1, 2]}``,
``{"dict": [["key", "value"]]}``, ``{"float": "nan"}``. What was a subclass arrives as the plain type, so no method of
whoever wrote it arrives with it.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import fractions
import json
import math
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, cast

DEEPEST = 60
"""Levels of containers."""
MOST = 200_000
"""Values in one text, the inner ones counted."""
LONGEST_INT = 1 << 20
"""Bits of a whole number."""
MOST_ALIKE = 64
"""Values of one hash in a set or dict."""
OWN = "solution"
"""The module that programs are: an object of a class of its own is not taken for the list it may inherit from."""
_PLAIN_INT = 1 << 62
_DIGITS = 400
"""Of an exponent or a decimal: enough for every float."""

Hook = Callable[[Any], "dict[str, Any] | None"]


class Unsendable(TypeError):
    """A value that is no data; says which type."""


class Garbled(ValueError):
    """A text that nobody who follows the rules writes."""


def dumps(value: Any, hook: Hook | None = None) -> str:
    """The value as one line of ASCII. ``hook`` may tag what is no data. Raises: Unsendable."""
    return _WRITER.encode(_Encoder(hook).encode(value, DEEPEST))


def loads(text: str | bytes, hook: Callable[[str, Any], Any] | None = None) -> Any:
    """The value of a text. ``hook`` reads the tags that are none of ours. Raises: Garbled."""
    return decode(parse(text), hook)


def parse(text: str | bytes) -> Any:
    """Plain JSON, strictly: finite numbers, no key twice, not too deep, not too many values. Raises: Garbled."""
    try:
        line = text if isinstance(text, str) else text.decode("ascii")
        # before the parser allocates anything: a comma or an opening bracket begins each value
        if line.count(",") + line.count("[") + line.count("{") + line.count(":") > 4 * MOST:
            raise Garbled("too many values")
        return _READER.decode(line)
    except UnicodeDecodeError:
        raise Garbled("no ASCII") from None
    except RecursionError:
        raise Garbled("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Garbled(f"no JSON: {error.msg}") from None


class _Encoder:
    def __init__(self, hook: Hook | None) -> None:
        self.hook = hook
        self.left = MOST

    def encode(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Unsendable(f"more than {MOST:,} values")
        kind = _kind(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return _whole(value)
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if depth <= 0:
            raise Unsendable(f"nested deeper than {DEEPEST} levels (or inside itself)")
        if kind is list:
            return [self.encode(item, depth - 1) for item in cast("list[Any]", value)]
        return self._tagged(value, kind, depth - 1)

    def _tagged(self, value: Any, kind: type[Any], depth: int) -> Any:
        if kind in _BY_TYPE:
            tag, parts = _BY_TYPE[kind]
            found = parts(value)
            return {tag: found if isinstance(found, str) else self._all(found, depth)}
        if kind is dict:
            return {"dict": self._pairs(value, depth)}
        if kind.__module__ == OWN and not (issubclass(kind, tuple) and hasattr(cast("Any", kind), "_fields")):
            tagged = self._hooked(value)
            if tagged is not None:
                return tagged
        if kind.__module__ == "numpy" and callable(getattr(cast("Any", kind), "tolist", None)):
            plain = value.tolist()  # a scalar is its number; an array is a list that remembers what it was
            if not getattr(value, "shape", ()):
                return self.encode(plain, depth)
            return {"array": [str(value.dtype), self.encode(plain, depth)]}
        for base, read in _BASES:
            if issubclass(kind, base):
                return self.encode(read(value), depth + 1)
        tagged = self._hooked(value)
        if tagged is None:
            raise Unsendable(f"a {_name(cast('type[Any]', kind))} is no data")
        return tagged

    def _hooked(self, value: Any) -> dict[str, Any] | None:
        return self.hook(value) if self.hook else None

    def _all(self, items: Iterable[Any], depth: int) -> list[Any]:
        return [self.encode(item, depth) for item in items]

    def _pairs(self, items: Any, depth: int) -> list[Any]:
        return [[self.encode(key, depth), self.encode(item, depth)] for key, item in _items(items)]


_items = cast("Callable[[Any], Iterable[tuple[Any, Any]]]", dict.items)


def _name(kind: type[Any]) -> str:
    name = type.__dict__["__name__"].__get__(kind)
    return str(name)[:80]


def _whole(value: int) -> Any:
    if -_PLAIN_INT < value < _PLAIN_INT:
        return value
    if value.bit_length() > LONGEST_INT:
        raise Unsendable(f"a whole number of more than {LONGEST_INT:,} bits")
    return {"int": hex(value)}


# exact types: the tag, and what it is made of (a text, or values)
_BY_TYPE: dict[type[Any], tuple[str, Callable[[Any], Any]]] = {
    tuple: ("tuple", iter),
    set: ("set", iter),
    frozenset: ("frozenset", iter),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: ("bytearray", lambda value: base64.b64encode(value).decode()),
    complex: ("complex", lambda value: (value.real, value.imag)),
    range: ("range", lambda value: (value.start, value.stop, value.step)),
    fractions.Fraction: ("fraction", lambda value: (value.numerator, value.denominator)),
    decimal.Decimal: ("decimal", str),
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("timedelta", lambda value: (value.days, value.seconds, value.microseconds)),
    collections.deque: ("deque", iter),
    type(...): ("ellipsis", lambda value: ""),
}


def _kind(value: Any) -> type[Any]:
    return cast("type[Any]", type(value))


def _listed(value: Any) -> list[Any]:
    return list(value)


_WHOLE = slice(None)
_VIEWS: tuple[type[Any], ...] = tuple(map(_kind, ({}.keys(), {}.values(), {}.items())))
# subclasses, read by the methods of the type they come from, never by their own
_BASES: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (bool, bool),
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
    (bytes, lambda value: bytes.__getitem__(value, _WHOLE)),
    (list, lambda value: cast("Any", list).__getitem__(value, _WHOLE)),
    (tuple, lambda value: cast("Any", tuple).__getitem__(value, _WHOLE)),
    (dict, lambda value: dict(_items(value))),
    (set, lambda value: set(cast("Any", set).__iter__(value))),
    (frozenset, lambda value: frozenset(cast("Any", frozenset).__iter__(value))),
    *((view, _listed) for view in _VIEWS),
)


def decode(data: Any, hook: Callable[[str, Any], Any] | None = None) -> Any:
    """The value of parsed JSON. Raises: Garbled."""
    try:
        return _Decoder(hook).decode(data, DEEPEST + 1)
    except Garbled:
        raise
    except RecursionError:
        raise Garbled("nested too deeply") from None
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise Garbled(f"a tag with the wrong inside: {error}"[:200]) from None


class _Decoder:
    def __init__(self, hook: Callable[[str, Any], Any] | None) -> None:
        self.hook = hook
        self.left = MOST

    def decode(self, data: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth < 0:
            raise Garbled("too many values" if depth >= 0 else "nested too deeply")
        if isinstance(data, list):
            return [self.decode(item, depth - 1) for item in cast("list[Any]", data)]
        if not isinstance(data, dict):
            return data
        fields = cast("dict[str, Any]", data)
        if len(fields) != 1:
            raise Garbled("an object that is no tag")
        ((tag, inside),) = fields.items()
        if tag in _TEXTS:
            if type(inside) is not str:
                raise Garbled(f"{tag[:20]}: no text")
            return _TEXTS[tag](inside)
        if tag == "dict":
            return self._dict(inside, depth - 1)
        if tag == "array":
            return self._array(inside, depth - 1)
        if tag in _MADE:
            return _MADE[tag](self._items(tag, inside, depth - 1))
        if self.hook is None:
            raise Garbled(f"an unknown tag '{tag[:20]}'")
        return self.hook(tag, inside)

    def _items(self, tag: str, inside: Any, depth: int) -> list[Any]:
        if type(inside) is not list:
            raise Garbled(f"{tag}: no list")
        return [self.decode(item, depth) for item in cast("list[Any]", inside)]

    def _dict(self, inside: Any, depth: int) -> dict[Any, Any]:
        pairs = [(self.decode(key, depth), self.decode(value, depth)) for key, value in self._items_raw(inside)]
        return dict(zip(_spread([key for key, _ in pairs]), (value for _, value in pairs), strict=True))

    def _items_raw(self, inside: Any) -> Iterable[tuple[Any, Any]]:
        if type(inside) is not list:
            raise Garbled("dict: no list")
        for pair in cast("list[Any]", inside):
            if type(pair) is not list or len(cast("list[Any]", pair)) != 2:
                raise Garbled("dict: no pairs")
            yield pair[0], pair[1]

    def _array(self, inside: Any, depth: int) -> Any:
        kind, plain = inside
        if type(kind) is not str:
            raise Garbled("array: no type")
        return array(kind[:40], self.decode(plain, depth))


class Array(list[Any]):
    """What was a numpy array where numpy is not: nested lists that know they were one."""


def array(kind: str, plain: Any) -> Any:
    """Rebuilds an array. The default remembers that it was one; a process with numpy puts its own here."""
    if type(plain) is not list:
        raise Garbled("array: no list")
    return Array(cast("list[Any]", plain))


def _spread(items: list[Any]) -> list[Any]:
    # numbers chosen to share one hash make a set of n cost n * n
    if len(items) > MOST_ALIKE and max(collections.Counter(map(hash, items)).values()) > MOST_ALIKE:
        raise Garbled("too many values of one hash")
    return items


def _integer(text: str) -> int:
    if len(text) > LONGEST_INT // 4 + 4:
        raise Garbled("too long a whole number")
    return int(text, 16)


def _special(text: str) -> float:
    if text not in ("nan", "inf", "-inf"):
        raise Garbled("float: neither nan nor inf")
    return float(text)


def _decimal(text: str) -> decimal.Decimal:
    if len(text) > _DIGITS:
        raise Garbled("too long a decimal")
    return decimal.Decimal(text)


def _fraction(parts: list[Any]) -> fractions.Fraction:
    above, below = parts
    if type(above) is not int or type(below) is not int:
        raise Garbled("fraction: no whole numbers")
    return fractions.Fraction(above, below)


def _range(parts: list[Any]) -> range:
    if [type(part) for part in parts] != [int, int, int]:
        raise Garbled("range: not three whole numbers")
    return range(*parts)


_TEXTS: dict[str, Callable[[str], Any]] = {
    "int": _integer,
    "float": _special,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "bytearray": lambda text: bytearray(base64.b64decode(text, validate=True)),
    "decimal": _decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "ellipsis": lambda text: ...,
}
_MADE: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": lambda parts: set(_spread(parts)),
    "frozenset": lambda parts: frozenset(_spread(parts)),
    "complex": lambda parts: complex(*parts),
    "range": _range,
    "fraction": _fraction,
    "timedelta": lambda parts: datetime.timedelta(*parts),
    "deque": collections.deque,
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Garbled("a key twice")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Garbled("a number beyond every float")
    return value


def _short(text: str) -> int:
    if len(text) > _DIGITS:
        raise Garbled("too long a whole number")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise Garbled(f"{text} is no JSON")


_WRITER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_READER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_int=_short, parse_constant=_constant)
