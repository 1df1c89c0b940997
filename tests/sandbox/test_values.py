"""Values cross as tagged JSON: nothing is lost, nothing runs, garbage is refused."""

import collections
import datetime
import decimal
import enum
import fractions
import math
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamarck.sandbox.guest import values

SCALARS = (
    None,
    True,
    0,
    -(2**70),
    2**4000,
    0.1,
    float("inf"),
    float("-inf"),
    "text \ud800 \N{SNOWMAN} \0",
    b"\xff\x00",
    bytearray(b"x"),
    1 + 2j,
    complex("inf"),
    range(1, 10, 3),
    fractions.Fraction(1, 3),
    decimal.Decimal("1.50"),
    datetime.datetime(2024, 2, 29, 12, 30, 1, 5),
    datetime.date(2024, 2, 29),
    datetime.time(1, 2),
    datetime.timedelta(days=-1, seconds=3),
    ...,
)
NESTED: tuple[Any, ...] = (
    (),
    (1,),
    [(1, [2]), {3}, frozenset({(4,)})],
    {1: "a", "1": "b", (2, 3): {None: [True]}},
    {True: 1.0, 2.0: 1},
    collections.deque([1, 2]),
    [[]],
    {},
)


@pytest.mark.parametrize("value", [*SCALARS, *NESTED], ids=repr)
def test_a_value_comes_back_as_it_was(value: Any):
    found = values.loads(values.dumps(value))
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value)


def test_a_nan_comes_back():
    assert math.isnan(values.loads(values.dumps(float("nan"))))


@settings(max_examples=40)
@given(st.recursive(st.none() | st.integers() | st.floats() | st.text() | st.binary(), st.lists, max_leaves=5))
def test_whatever_it_is_the_text_is_one_line_of_ascii(value: Any):
    text = values.dumps(value)
    assert text.isascii()
    assert "\n" not in text
    assert repr(values.loads(text)) == repr(value)


class Sly(list[int]):
    def __eq__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter([9, 9])

    def __len__(self) -> int:
        return 99


class Colour(enum.IntEnum):
    RED = 3


class Pair(NamedTuple):
    a: int
    b: int


ABC: dict[str, int] = {"a": 1}
SUBCLASSES: tuple[tuple[Any, Any], ...] = (
    (Sly([1, 2]), [1, 2]),
    (Colour.RED, 3),
    (Pair(1, 2), (1, 2)),
    (collections.Counter[str]("aab"), {"a": 2, "b": 1}),
    (collections.OrderedDict[str, int](a=1), {"a": 1}),
    (collections.defaultdict[int, list[int]](list, {1: [2]}), {1: [2]}),
    (ABC.keys(), ["a"]),
    (type("S", (str,), {})("x"), "x"),
)


@pytest.mark.parametrize(("value", "plain"), SUBCLASSES, ids=repr)
def test_a_subclass_arrives_as_the_plain_type(value: Any, plain: Any):
    found = values.loads(values.dumps(value))
    assert type(found) is type(plain)
    assert found == plain


def itself() -> list[Any]:
    inside: list[Any] = []
    inside.append(inside)
    return inside


NO_DATA: tuple[Any, ...] = (object(), len, itself(), [0] * 300_000, 1 << (1 << 21), iter(()))


@pytest.mark.parametrize("value", NO_DATA, ids=lambda value: type(value).__name__)
def test_what_is_no_data_is_refused(value: Any):
    with pytest.raises(values.Unsendable):
        values.dumps(value)


GARBAGE = (
    "",
    "{",
    "[1,",
    "nan",
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 5000,
    "[" * 5000 + "]" * 5000,
    '{"a":1}',
    "{}",
    '{"tuple":[1],"list":[1]}',
    '{"tuple":1}',
    '{"dict":[[1]]}',
    '{"dict":{"a":1}}',
    '{"dict":[[{"dict":[]},1]]}',
    '{"set":[[1]]}',
    '{"int":"0xzz"}',
    '{"int":5}',
    '{"float":"1.5"}',
    '{"bytes":"%%%"}',
    '{"complex":["a",1]}',
    '{"range":[1,2,0]}',
    '{"range":[1,2,true]}',
    '{"fraction":[1,0]}',
    '{"decimal":"x"}',
    '{"datetime":"yesterday"}',
    '{"timedelta":[1e300,0,0]}',
    '{"array":[1]}',
    '{"tuple":[1],"tuple":[2]}',
    "\xff",
    '{"int":"0x' + "f" * 400_000 + '"}',
    "[" + "1," * 900_000 + "1]",
    '{"set":[' + ",".join(f'{{"int":"{hex(i * (2**61 - 1))}"}}' for i in range(2, 200)) + "]}",
)


@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: text[:30])
def test_garbage_is_refused_and_nothing_else_happens(text: str):
    with pytest.raises(values.Garbled):
        values.loads(text)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(values.Garbled):
        values.loads(b"\xff\xfe")
