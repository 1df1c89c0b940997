from dataclasses import replace

from tests.operators.given import texts, tried

from lamarck.core import Feedback, by_task
from lamarck.operators.refinement import Shuffle
from lamarck.testing import context

BATCH = [e for i in range(10) for e in tried(f"3+{i}", str(3 + i))]


def test_the_same_solutions_at_other_tasks():
    dealt = Shuffle()(BATCH, context())
    assert [e.task for e in dealt] == [e.task for e in BATCH]
    assert sorted(texts(dealt)) == sorted(texts(BATCH))
    assert sum(a == b for a, b in zip(texts(dealt), texts(BATCH), strict=True)) <= 3


def test_the_same_deal_again():
    assert Shuffle()(BATCH, context()) == Shuffle()(BATCH, context())


def test_few():
    assert Shuffle()([], context()) == []
    assert Shuffle()(BATCH[:1], context()) == BATCH[:1]


def test_feedback_is_dealt_out_among_the_solutions_of_a_task():
    batch = [
        replace(e, sample=i, feedback=Feedback(score=score))
        for text in ("3+4", "5*6", "7-2")
        for i, score in enumerate((1.0, 2.0, 3.0, 4.0, 5.0, 5.0))
        for e in tried(text, f"solution {i}")
    ]
    dealt = Shuffle(part="feedback")(batch, context())
    assert [(e.task, e.solution) for e in dealt] == [(e.task, e.solution) for e in batch]
    assert [sorted(e.score for e in group) for group in by_task(dealt)] == [[1, 2, 3, 4, 5, 5]] * 3
    assert [e.score for e in dealt] != [e.score for e in batch]
    assert len({tuple(e.score for e in group) for group in by_task(dealt)}) > 1
    assert dealt == Shuffle(part="feedback")(batch, context())


def test_what_is_dealt_out_is_what_is_read():
    assert (Shuffle().reads, Shuffle(part="feedback").reads) == ({"solution"}, {"feedback"})
