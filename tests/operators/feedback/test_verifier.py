import pytest
from tests.operators.given import task, tried

from lamarck.core import Experience, LabelError
from lamarck.operators.feedback import Verifier
from lamarck.testing import context


def test_the_environments_verdict():
    right, wrong = Verifier()([*tried("3+4", "= 7"), *tried("3+4", "= 8")], context())
    assert right.feedback
    assert wrong.feedback
    assert (right.feedback.passed, right.feedback.score, right.feedback.source) == (True, 1.0, "verifier")
    assert (wrong.feedback.passed, wrong.feedback.score, wrong.feedback.text) == (False, 0.0, "wrong")


def test_no_solution_is_a_failure():
    (made,) = Verifier()([Experience(task=task())], context())
    assert made.feedback
    assert (made.feedback.passed, made.feedback.text) == (False, "no solution")


def test_nobody_is_dropped():
    ctx = context()
    assert len(Verifier()(tried("3+4", "7", "8", "no number"), ctx)) == 3
    assert not ctx.notes


def test_it_may_read_a_sealed_reference_unless_nobody_may():
    sealed = [e.__class__(task=context().seal(e.task), solution=e.solution) for e in tried("3+4", "7")]
    assert Verifier()(sealed, context(labels="check"))[0].score == 1
    with pytest.raises(LabelError):
        Verifier()(sealed, context(labels="none"))
