from tests.operators.given import texts, tried

from lamarck.core import failed
from lamarck.operators.refinement import Filter
from lamarck.testing import context

BATCH = [*tried("3+4", "7", passed=True), *tried("3+4", "8", passed=False), *tried("2*5", "10", "ten")]


def test_it_keeps_what_passed():
    assert texts(Filter()(BATCH, context())) == ["7"]


def test_no_feedback_has_neither_passed_nor_failed():
    assert texts(Filter(where=failed)(BATCH, context())) == ["8"]


def test_what_is_dropped_has_a_reason():
    ctx = context()
    Filter()(BATCH, ctx)
    assert [(drop.experience, drop.operator, drop.reason) for drop in ctx.notes] == [
        ("toy/3+4#0", "test", "not passed"),
        ("toy/2*5#0", "test", "not passed"),
        ("toy/2*5#1", "test", "not passed"),
    ]
