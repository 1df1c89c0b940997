"""Core's frozen values as JSON and back, exactly: what a file says is checked against the classes' own fields."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lamarck import core
from lamarck.core import Operator, Reference, UsageError, unknown
from lamarck.data.strict import LARGEST, Malformed, parse, sound, write

T = TypeVar("T")
Read = Callable[[Any], Any]
PLAIN = frozenset((str, int, float, bool, type(None)))
_seal: Callable[[Reference], str] = attrgetter("_sealed")


@dataclass(frozen=True, kw_only=True)
class Codec:
    """Encodes values to plain JSON data and decodes them again.

    A dataclass is an object of all its fields, a tuple a list. A reference is
    ``{"value": ..., "sealed": why}``. An operator is ``{"operator": "solutions.Sample", field: ...}``
    and a function ``{"function": "passed"}``: both are found in ``known``, never imported by a name
    that a file holds.
    """

    known: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Name -> operator class or function."""
    largest: int = LARGEST
    """Bytes a text may have."""

    # --- texts ---

    def dump(self, value: object, *, indent: int | None = None) -> str:
        """A value as JSON text. Raises: Malformed where it holds what :meth:`load` would refuse."""
        data = self.encode(value)
        sound(data)
        return write(data, indent=indent)

    def load(self, kind: type[T], raw: bytes | str, *, file: str = "") -> T:
        """The value of a JSON text. Raises: Malformed naming the file and the place."""
        data = parse(raw, file=file, largest=self.largest)
        try:
            return self.decode(kind, data)
        except Malformed as error:
            raise error.within(file) from None

    # --- plain data ---

    def encode(self, value: Any) -> Any:
        """Plain data for a value: dicts, lists, strings, numbers, booleans and None."""
        kind = cast("type[Any]", type(value))
        if kind in PLAIN:
            return value
        if kind is tuple or kind is list:
            return list(value) if PLAIN.issuperset(map(type, value)) else [self.encode(item) for item in value]
        if kind is Reference:
            return {"value": value.open().read(), "sealed": _seal(value)}
        shape = self._shapes.get(kind) or (self._shape(value) if is_dataclass(kind) else None)
        if shape:
            tag, names = shape
            data: dict[str, Any] = dict(tag)
            for name in names:
                item = getattr(value, name)
                data[name] = item if type(item) in PLAIN else self.encode(item)
            return data
        if isinstance(value, Mapping):
            return {_text(key): self.encode(item) for key, item in cast("Mapping[Any, Any]", value).items()}
        if callable(value):
            return {"function": self._name(value)}
        raise Malformed(f"a {kind.__name__} cannot be written as JSON")

    def decode(self, kind: type[T], data: Any) -> T:
        """The value of a type that plain data holds. Raises: Malformed with the place in the data."""
        return self._reader(kind)(data)

    # --- how ---

    @cached_property
    def _readers(self) -> dict[Any, Read]:
        return {str: _only(str), bool: _only(bool), int: _only(int), float: _number, type(None): _only(type(None))}

    @cached_property
    def _shapes(self) -> dict[type[Any], tuple[dict[str, str], tuple[str, ...]]]:
        return {}

    @cached_property
    def _names(self) -> dict[int, str]:
        return {id(thing): name for name, thing in self.known.items()}

    def _shape(self, value: Any) -> tuple[dict[str, str], tuple[str, ...]]:
        """How a dataclass is written: its tag, which only operators have, and its fields."""
        kind = cast("type[Any]", type(value))
        tag = {"operator": self._name(kind)} if isinstance(value, Operator) else dict[str, str]()
        return self._shapes.setdefault(kind, (tag, tuple(f.name for f in fields(kind))))

    def _name(self, thing: Any) -> str:
        name = self._names.get(id(thing))
        if name is None:
            raise Malformed(f"{thing.__module__}.{thing.__qualname__} is not among the operators of this run")
        return name

    def _reader(self, kind: Any) -> Read:
        reader = self._readers.get(kind)
        if reader is None:
            self._readers[kind] = lambda data: self._readers[kind](data)  # a class may hold itself further down
            try:
                reader = self._readers[kind] = self._made(kind)
            except TypeError:
                del self._readers[kind]
                raise
        return reader

    def _made(self, kind: Any) -> Read:
        origin, inner = get_origin(kind), get_args(kind)
        if kind is Any:
            return lambda data: data
        if kind is Reference:
            return _reference
        if kind is Operator or origin is Callable or str(origin) == "<class 'collections.abc.Callable'>":
            return self._named
        if origin is Literal:
            return _one_of(inner)
        if origin in (Union, types.UnionType):
            return _either({member: self._reader(member) for member in inner})
        if origin in (tuple, list) and (origin is list or inner[1:] == (...,)):
            return _several(origin, self._reader(inner[0]))
        if origin is tuple:
            return _row([self._reader(member) for member in inner])
        if origin is not None and issubclass(origin, Mapping):
            return _mapping(self._reader(inner[1]))
        if isinstance(kind, type) and is_dataclass(kind):
            return self._record(kind)
        raise TypeError(f"no codec for {kind}")

    def _named(self, data: Any) -> Any:
        """An operator or a function, looked up in the table."""
        if type(data) is not dict:
            raise Malformed(f"must be an operator, not {_shown(data)}")
        given = dict(cast("dict[str, Any]", data))
        name = str(given.pop("operator", None) or given.get("function"))
        if name not in self.known:
            raise Malformed(str(unknown("operator", name, self.known)), "operator")
        found: Any = self.known[name]
        return self._reader(found)(given) if isinstance(found, type) else found

    def _record(self, kind: type[Any]) -> Read:
        hints = _hints(kind)
        made = [f for f in fields(kind) if f.init]
        needed = {f.name for f in made if f.default is MISSING and f.default_factory is MISSING}
        readers = {f.name: self._reader(hints[f.name]) for f in made}

        def read(data: Any) -> Any:
            if type(data) is kind:  # Parquet hands over tasks it has already read
                return data
            if type(data) is not dict:
                raise Malformed(f"must be an object, not {_shown(data)}")
            values: dict[str, Any] = {}
            given = cast("dict[str, Any]", data)
            for key, item in given.items():
                reader = readers.get(key)
                if reader is None:
                    raise Malformed(str(unknown("key", key, readers)))
                try:
                    values[key] = reader(item)
                except Malformed as error:
                    raise error.under(key) from None
            if len(values) < len(readers) and (missing := needed - values.keys()):
                raise Malformed(f"lacks {', '.join(sorted(missing))}")
            try:
                return kind(**values)
            except (ValueError, UsageError) as error:
                raise Malformed(str(error)) from None

        return read


def _hints(kind: type[Any]) -> dict[str, Any]:
    try:
        return get_type_hints(kind)
    except NameError:  # core imports some names for the type checker alone
        return get_type_hints(kind, localns=vars(core))


def _only(kind: type[Any]) -> Read:
    def read(data: Any) -> Any:
        if type(data) is not kind:
            raise Malformed(f"must be {CALLED[kind]}, not {_shown(data)}")
        return data

    return read


def _number(data: Any) -> Any:
    if type(data) is not float and type(data) is not int:
        raise Malformed(f"must be a number, not {_shown(data)}")
    return data


def _one_of(words: tuple[Any, ...]) -> Read:
    def read(data: Any) -> Any:
        if not any(data == word and type(data) is type(word) for word in words):
            raise Malformed(f"must be one of {', '.join(map(str, words))}, not {_shown(data)}")
        return data

    return read


def _either(members: dict[Any, Read]) -> Read:
    others = [reader for member, reader in members.items() if member not in PLAIN] or list(members.values())

    def read(data: Any) -> Any:
        sure = members.get(type(data))
        if sure:
            return sure(data)
        faults = list[Malformed]()
        for reader in others:
            try:
                return reader(data)
            except Malformed as error:
                faults.append(error)
        raise max(faults, key=lambda fault: len(fault.place))  # the one that understood most

    return read


def _several(kind: type[Any], reader: Read) -> Read:
    def read(data: Any) -> Any:
        if type(data) is not list:
            raise Malformed(f"must be a list, not {_shown(data)}")
        items = cast("list[Any]", data)
        try:
            return kind([reader(item) for item in items])
        except Malformed:
            for i, item in enumerate(items):
                try:
                    reader(item)
                except Malformed as error:
                    raise error.under(i) from None
            raise

    return read


def _row(readers: list[Read]) -> Read:
    def read(data: Any) -> Any:
        if type(data) is not list or len(cast("list[Any]", data)) != len(readers):
            raise Malformed(f"must be a list of {len(readers)}")
        return tuple(reader(item) for reader, item in zip(readers, cast("list[Any]", data), strict=True))

    return read


def _mapping(reader: Read) -> Read:
    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise Malformed(f"must be an object, not {_shown(data)}")
        found: dict[str, Any] = {}
        given = cast("dict[str, Any]", data)
        for key, item in given.items():
            try:
                found[key] = reader(item)
            except Malformed as error:
                raise error.under(key) from None
        return found

    return read


def _reference(data: Any) -> Reference:
    match data:
        case {"value": str(value), "sealed": str(why)} if len(cast("dict[str, Any]", data)) == 2:
            return Reference(value, sealed=why)
        case _:
            raise Malformed("must be a reference: value and sealed")


def _text(key: Any) -> str:
    if type(key) is not str:
        raise Malformed(f"the key {key!r} is no text, and JSON has no other keys")
    return key


CALLED = {str: "text", int: "a whole number", bool: "true or false", type(None): "null"}


def _shown(data: Any) -> str:
    if isinstance(data, dict | list):
        return "an object" if isinstance(data, dict) else "a list"
    return ascii(data)[:60]
