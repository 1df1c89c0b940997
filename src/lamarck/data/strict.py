"""JSON that machines exchange, read and written strictly: no NaN, no key twice, limits on depth and size."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

from lamarck.core import UsageError

DEEPEST = 64
"""Levels of objects and lists a text may have."""
LARGEST = 64 * 1024 * 1024
"""Bytes a text may have unless the caller says otherwise."""


class Malformed(UsageError):
    """A text that is not what it should be; says which file, where in it, and what was found."""

    def __init__(self, fault: str, place: str = "", file: str = "") -> None:
        self.fault, self.place, self.file = fault, place, file
        shown = place if len(place) <= 200 else f"{place[:200]}..."
        super().__init__(": ".join(part for part in (file, shown, fault) if part))

    def under(self, key: str | int) -> Malformed:
        """The same fault seen from one level up."""
        step = f"[{key}]" if isinstance(key, int) else str(key)
        joint = "" if not self.place or self.place.startswith("[") else "."
        return Malformed(self.fault, f"{step}{joint}{self.place}", self.file)

    def within(self, file: str) -> Malformed:
        """The same fault with the name of the file it is in."""
        return Malformed(self.fault, self.place, file)


def parse(raw: bytes | str, *, file: str = "", largest: int = LARGEST) -> Any:
    """The plain data of a JSON text. Raises: Malformed naming the file and, where it can, the place."""
    if len(raw) > largest:
        raise Malformed(f"is over {largest:,} bytes", file=file)
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        data = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} is no UTF-8", file=file) from None
    except RecursionError:
        raise Malformed(f"is nested deeper than {DEEPEST} levels", file=file) from None
    except Malformed as error:
        raise error.within(file) from None
    except json.JSONDecodeError as error:
        raise Malformed(error.msg, f"line {error.lineno} column {error.colno}", file) from None
    except ValueError as error:  # an integer of thousands of digits
        raise Malformed(str(error), file=file) from None
    try:
        sound(data)
    except Malformed as error:
        raise error.within(file) from None
    return data


def table(path: Path) -> dict[str, Any]:
    """The JSON object that a file holds. Raises: UsageError naming the file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    found = parse(raw, file=str(path))
    if type(found) is not dict:
        raise Malformed("holds no JSON object", file=str(path))
    return cast("dict[str, Any]", found)


def write(data: Any, *, indent: int | None = None) -> str:
    """Plain data as JSON text, ASCII only, so that any string survives; floats as Python repeats them exactly.

    Raises: Malformed for a number that is not finite or what JSON does not know.
    """
    try:
        return (_LINE if indent is None else json.JSONEncoder(allow_nan=False, indent=indent)).encode(data)
    except (ValueError, TypeError, RecursionError) as error:
        sound(data)  # finds the place
        raise Malformed(str(error)) from None


def sound(data: Any, depth: int = DEEPEST) -> None:
    """Nothing where data is what JSON can hold, not too deep. Raises: Malformed with the place."""
    kind = cast("type[Any]", type(data))
    if kind is float and not math.isfinite(data):
        raise Malformed(f"{data} is no finite number")
    if kind is not dict and kind is not list:
        return
    if not depth:
        raise Malformed(f"is nested deeper than {DEEPEST} levels")
    items = cast("dict[str, Any]", data).items() if kind is dict else enumerate(cast("list[Any]", data))
    for key, item in items:
        # scalars inline: a run's rows are nearly all scalars
        if type(item) in (str, int, bool):
            continue
        try:
            sound(item, depth - 1)
        except Malformed as error:
            raise error.under(key) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Malformed(f"the key '{next(key for key in keys if keys.count(key) > 1)}' is given twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
_LINE = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
