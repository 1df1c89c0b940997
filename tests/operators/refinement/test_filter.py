from dataclasses import replace

from tests.operators.given import texts, tried

from lamarck.core import Feedback, failed
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


def test_scores_from_a_lowest_on_are_kept_and_the_lowest_may_rise():
    scored = [replace(e, feedback=Feedback(score=i / 2)) for i, e in enumerate(tried("3+4", "a", "b", "c"))]
    unread = replace(scored[2], feedback=Feedback(text="nothing to be read"))
    ctx = context()
    assert texts(Filter(at_least=0.5)([*scored, unread], ctx)) == ["b", "c"]
    assert [drop.reason for drop in ctx.notes] == ["score below 0.5", "no score"]
    rising = Filter(at_least=(0.0, 1.0))
    kept = [texts(rising(scored, replace(ctx, round=number))) for number in (1, 2, 3)]
    assert kept == [["a", "b", "c"], ["c"], ["c"]]
