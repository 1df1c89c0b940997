"""Same in type and value, all the way down."""

import math
from typing import Any

import pytest

from lamarck.sandbox.compare import same, same_text


@pytest.mark.parametrize(
    "value",
    [1, 1.5, "a", None, True, b"x", [1, (2, {"a": {3}})], {1: [2]}, frozenset({1, 2.5}), 1 + 2j, math.nan, [math.nan]],
    ids=repr,
)
def test_a_value_is_the_same_as_itself(value: Any):
    assert same(value, value)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1.0),
        (True, 1),
        (0, False),
        ("1", 1),
        ([1], (1,)),
        ({1}, frozenset({1})),
        (b"a", "a"),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ([1, 2], [1]),
        ({1: 2}, {True: 2}),
        ({1: 2}, {1: 2.0}),
        ({1: 2}, {1: 2, 3: 4}),
        ({1, 2}, {1, 2, 3}),
        ({1}, {True}),
        (None, False),
        (math.nan, 1.0),
        (0.1 + 0.2, 0.3),
        (1 + 0j, 1.0),
        ([[1]], [[1.0]]),
    ],
    ids=repr,
)
def test_other_types_and_values_are_not(actual: Any, expected: Any):
    assert not same(actual, expected)
    assert not same(expected, actual)


@pytest.mark.parametrize(
    ("actual", "expected", "held"),
    [
        (0.1 + 0.2, 0.3, True),
        (1, 1.0, True),
        (1000.0005, 1000.0, True),
        (1.1, 1.0, False),
        (True, 1.0, False),
        (math.nan, math.nan, True),
        (math.inf, 1e308, False),
        (math.nan, 1.0, False),
        (10**400, 1.0, False),
        ([0.30000001], [0.3], True),
        ((0.30000001,), [0.3], False),
        ({"a": 0.30000001}, {"a": 0.3}, True),
        ("0.3", 0.3, False),
    ],
    ids=repr,
)
def test_a_tolerance_is_for_numbers_alone(actual: Any, expected: Any, held: bool):
    assert same(actual, expected, 1e-6) is held


def test_printed_lines_are_compared_without_the_space_at_their_ends():
    assert same_text("1 2 \n3\n\n", "1 2\n3")
    assert not same_text("1  2", "1 2")
    assert not same_text(" 1", "1")
    assert not same_text("1\n\n2", "1\n2")
