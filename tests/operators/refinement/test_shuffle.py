from tests.operators.given import texts, tried

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
