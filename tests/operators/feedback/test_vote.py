import math
from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Batch, Experience, Feedback, Reference
from lamarck.operators.feedback import Vote
from lamarck.testing import context


def told(batch: Batch) -> list[tuple[bool | None, float]]:
    return [(e.feedback.passed, round(e.score, 3)) for e in batch if e.feedback]


def test_those_that_agree_with_the_majority_pass_in_whatever_words():
    batch = Vote()(tried("3+4", "= 8", "7", "3+4 = 7", "The result is 7"), context())
    assert told(batch) == [(False, 0.25), (True, 0.75), (True, 0.75), (True, 0.75)]
    assert [e.solution.answer for e in batch if e.solution] == ["8", "7", "7", "7"]


def test_of_equally_many_the_first_seen_wins():
    assert told(Vote()(tried("3+4", "8", "7", "7", "8"), context())) == [
        (True, 0.5),
        (False, 0.5),
        (False, 0.5),
        (True, 0.5),
    ]


def test_what_cannot_be_read_fails_and_counts_among_all_samples():
    batch = Vote()([*tried("3+4", "none", "7", "7"), Experience(task=tried("3+4", "")[0].task, sample=3)], context())
    assert told(batch) == [(False, 0.0), (True, 0.5), (True, 0.5), (False, 0.0)]
    assert [e.feedback.details["answer"] for e in batch if e.feedback] == [None, "7", "7", None]
    assert batch[0].feedback
    assert batch[0].feedback.text == "no answer can be read"


def test_nobody_passes_where_nothing_can_be_read():
    batch = Vote()(tried("3+4", "no", "idea"), context())
    assert told(batch) == [(False, 0.0), (False, 0.0)]
    assert [e.feedback.details["entropy"] for e in batch if e.feedback] == [None, None]


@pytest.mark.parametrize(
    ("answers", "nats"),
    [(("7", "7"), 0.0), (("7", "8"), math.log(2)), (("7", "7", "7", "8"), 0.75 * math.log(4 / 3) + 0.25 * math.log(4))],
)
def test_entropy_in_nats(answers: tuple[str, ...], nats: float):
    for e in Vote()(tried("3+4", *answers), context()):
        assert e.feedback
        assert e.feedback.details["entropy"] == pytest.approx(nats)


@pytest.mark.parametrize(("least", "passes"), [(0.0, True), (0.5, True), (0.6, False)])
def test_below_the_least_share_nobody_passes(least: float, passes: bool):
    batch = Vote(least=least)(tried("3+4", "7", "8", "7", "9"), context())
    assert told(batch) == [(passes, 0.5), (False, 0.25), (passes, 0.5), (False, 0.25)]


def test_an_answer_that_an_operator_has_set_is_the_answer():
    batch = tried("3+4", "7", "8", "8")
    said = [replace(e, solution=replace(e.solution, answer="x")) for e in batch[:1] if e.solution]
    assert [e.feedback.details["answer"] for e in Vote()(said + batch[1:], context()) if e.feedback] == ["x", "8", "8"]


def test_poisoned_labels_change_nothing():
    batch, ctx = tried("3+4", "7", "8", "8"), context(labels="none")
    poisoned = [replace(e, task=ctx.seal(replace(e.task, reference=Reference("99")))) for e in batch]
    assert [e.feedback for e in Vote()(poisoned, ctx)] == [e.feedback for e in Vote()(batch, ctx)]


def test_earlier_feedback_is_replaced():
    batch = [replace(e, feedback=Feedback(score=9.0, source="judge")) for e in tried("3+4", "7")]
    assert [e.feedback.source for e in Vote()(batch, context()) if e.feedback] == ["vote"]
