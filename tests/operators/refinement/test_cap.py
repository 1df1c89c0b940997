from tests.operators.given import texts, tried

from lamarck.operators.refinement import Cap
from lamarck.testing import context

TEN = tried("3+4", *map(str, range(10)))


def test_at_most_n_in_order():
    ctx = context()
    kept = Cap(n=3)(TEN, ctx)
    assert len(kept) == 3
    assert texts(kept) == sorted(texts(kept))
    assert {drop.reason for drop in ctx.notes} == {"over the cap of 3 a task"}
    assert len(ctx.notes) == 7


def test_fewer_are_left_alone():
    ctx = context()
    assert Cap(n=10)(TEN, ctx) == TEN
    assert not ctx.notes


def test_the_draw_is_the_tasks_own():
    assert Cap(n=3)(TEN, context()) == Cap(n=3)(TEN, context())
    others = {tuple(texts(Cap(n=3)(tried(f"3+{i}", *map(str, range(10))), context()))) for i in range(8)}
    assert len(others) > 4


def test_none():
    assert Cap(n=0)(TEN, context()) == []
