from dataclasses import replace

import pytest
from tests.operators.given import texts, tried

from lamarck.core import Batch, Feedback, UsageError
from lamarck.operators.refinement.certain import Certain
from lamarck.testing import context


def voted(entropy: float | None, *answers: str, majority: str = "7") -> Batch:
    """Samples of one task with the feedback a vote gives them."""
    return [
        replace(e, feedback=Feedback(passed=answer == majority, source="vote", details={"entropy": entropy}))
        for e, answer in zip(tried("3+4", *answers), answers, strict=True)
    ]


def test_one_majority_solution_is_kept_where_the_votes_agree():
    ctx = context()
    batch = voted(0.29, "8", "7", "7", "7")
    assert Certain()(batch, ctx) == [batch[1]]
    reason = "another solution of the task is kept"
    assert [(drop.experience, drop.reason) for drop in ctx.notes] == [(f"toy/3+4#{i}", reason) for i in (0, 2, 3)]


def test_nothing_is_kept_where_they_do_not():
    ctx = context()
    assert Certain()(voted(0.3, "8", "7", "7"), ctx) == []
    assert {drop.reason for drop in ctx.notes} == {"the votes have an entropy of 0.3 nats or more"}
    assert len(ctx.notes) == 3


def test_the_threshold_decides():
    batch = voted(0.5, "7", "7", "8")
    assert texts(Certain(below=0.51)(batch, context())) == ["7"]
    assert texts(Certain(below=0.5)(batch, context())) == []
    assert texts(Certain(below=None)(batch, context())) == ["7"]


def test_where_no_answer_could_be_read_there_is_no_majority():
    ctx = context()
    assert Certain(below=None)(voted(None, "?", "?", majority=""), ctx) == []
    assert {drop.reason for drop in ctx.notes} == {"no answer has a majority"}


def test_feedback_without_a_vote_is_refused():
    with pytest.raises(UsageError, match=r"put feedback=feedback\.Vote\(\) last"):
        Certain()(tried("3+4", "7", passed=True), context())
