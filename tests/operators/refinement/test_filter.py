from dataclasses import replace

import pytest
from tests.operators.given import texts, tried

from lamarck.core import Batch, Feedback, UsageError, failed
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


def scored(*scores: float | None) -> Batch:
    batch = tried("3+4", *(str(score) for score in scores))
    return [replace(e, feedback=Feedback(score=score)) for e, score in zip(batch, scores, strict=True)]


def test_a_score_must_reach_the_least_and_none_is_no_zero():
    ctx = context()
    assert texts(Filter(at_least=0.0)([*scored(-1.0, 0.0, None, 2.0), *tried("2*5", "10")], ctx)) == ["0.0", "2.0"]
    assert [drop.reason for drop in ctx.notes] == ["score below 0", "no score", "no score"]


def test_a_schedule_goes_by_rounds_and_its_last_value_stays():
    kept = [
        texts(Filter(at_least=(0.5, 0.7))(scored(0.6, 0.8), replace(context(), round=number))) for number in (1, 2, 3)
    ]
    assert kept == [["0.6", "0.8"], ["0.8"], ["0.8"]]
    with pytest.raises(UsageError, match="empty schedule"):
        Filter(at_least=())
