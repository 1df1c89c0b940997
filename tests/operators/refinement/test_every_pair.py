from dataclasses import replace

from tests.operators.given import tried

from lamarck.core import Batch, Drop, Feedback
from lamarck.operators.refinement import EveryPair
from lamarck.testing import Inline, context


def judged(text: str, right: int, wrong: int) -> Batch:
    batch = tried(text, *(f"right {i}" for i in range(right)), *(f"wrong {i}" for i in range(wrong)))
    return [replace(e, feedback=Feedback(passed=e.sample < right)) for e in batch]


def pairs(batch: Batch) -> list[tuple[str, str]]:
    return [(e.solution.text, e.rejected.text) for e in batch if e.solution and e.rejected]


def test_each_right_one_with_each_wrong_one():
    made = EveryPair()(judged("3+4", 2, 3), context())
    assert pairs(made) == [(f"right {i}", f"wrong {j}") for i in range(2) for j in range(3)]
    assert len({e.id for e in made}) == 6
    assert [e.id for e in made[::3]] == ["toy/3+4#0", "toy/3+4#1"]


def test_all_right_or_all_wrong_gives_none_and_says_so():
    for batch in (judged("3+4", 3, 0), judged("3+4", 0, 3)):
        ctx = context()
        assert EveryPair()(batch, ctx) == []
        assert [drop.reason for drop in ctx.notes] == ["nothing of the other verdict beside it"] * 3


def test_the_cap_is_drawn_at_random_by_task():
    batch = judged("3+4", 6, 6)
    ctx = context()
    made = EveryPair(cap=4)(batch, ctx)
    assert len(pairs(made)) == 4
    assert set(pairs(made)) < set(pairs(EveryPair()(batch, context())))
    assert pairs(made) == pairs(EveryPair(cap=4)(batch, context())) != pairs(EveryPair(cap=4)(batch, context(seed=1)))
    assert pairs(EveryPair(cap=36)(batch, context())) == pairs(EveryPair()(batch, context()))
    assert "over the cap of 4 pairs a task" in {drop.reason for drop in ctx.notes}


def test_one_without_verdict_is_in_no_pair():
    ctx = context()
    batch = judged("3+4", 1, 1) + [replace(e, sample=9) for e in tried("3+4", "unjudged")]
    assert pairs(EveryPair()(batch, ctx)) == [("right 0", "wrong 0")]
    assert Drop(experience="toy/3+4#9", operator="test", reason="no verdict") in ctx.notes


def test_nothing_that_is_preferred_is_said_to_be_lost():
    batch = judged("3+4", 5, 1) + judged("2*5", 1, 5)
    harvest = Inline().run([("refinement.EveryPair", EveryPair())], batch, context())
    assert len(harvest.batch) == 10
    assert [drop.reason for drop in harvest.drops] == ["rejected beside a right one"] * 6
