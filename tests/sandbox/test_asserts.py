"""A failed assert tells what it compared."""

from typing import Any

import pytest

from lamarck.sandbox.guest import asserts, blocks


def failure(source: str, **names: Any) -> AssertionError:
    with pytest.raises(AssertionError) as caught:
        exec(asserts.compiled(source, "<test>"), {**asserts.names(), **names})
    return caught.value


@pytest.mark.parametrize(
    ("source", "actual", "expected"),
    [
        ("assert f(1) == 3", "2", "3"),
        ("assert 3 == f(1)", "2", "3"),
        ("assert f(1) in (3, 4)", "2", "(3, 4)"),
        ("assert f(1) > f(2)", "2", "3"),
        ("x = [f(1)]\nassert x == [3], 'said'", "[2]", "[3]"),
        ("def check(f):\n    for n in (0, 1):\n        assert f(n) == 1, 'no'\ncheck(f)", "2", "1"),
    ],
)
def test_both_sides_are_told(source: str, actual: str, expected: str):
    error = failure(source, f=(1).__add__)
    assert isinstance(error, asserts.Unequal)
    assert (error.actual, error.expected) == (actual, expected)


def test_its_own_message_stays():
    assert str(failure("assert 1 == 2, 'mine'")) == "mine"


def test_an_assert_without_a_comparison_is_left_alone():
    assert not isinstance(failure("assert not True"), asserts.Unequal)
    assert not isinstance(failure("assert 1 < 2 < 2"), asserts.Unequal)


def test_each_side_is_computed_once():
    calls: list[int] = []
    exec(asserts.compiled("assert f(1) == None", "<test>"), {**asserts.names(), "f": calls.append})
    assert calls == [1]


SOURCE = """\
def f(xs):
    total = 0
    count = 1
    for x in xs:
        if x > 1:
            total += x
        else:
            continue
        count += 1
    while count:
        count -= 1
    return total
"""


def test_blocks_end_at_branches_and_begin_at_loops():
    found = blocks.blocks(SOURCE)
    spans = {number: (first, last) for number, first, last in found.values()}
    assert sorted(spans.values()) == [
        (1, 1),
        (2, 3),
        (4, 4),
        (5, 5),
        (6, 6),
        (8, 8),
        (9, 9),
        (10, 10),
        (11, 11),
        (12, 12),
    ]
