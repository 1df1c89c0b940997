from collections.abc import Sequence
from dataclasses import replace

from tests.operators.given import texts, tried

from lamarck.core import Batch, Feedback
from lamarck.operators.refinement import BestWorst
from lamarck.testing import context


def scored(text: str, *scores: float | None, words: Sequence[str] = ()) -> Batch:
    """One solution a score; by default each has a text of its own."""
    batch = tried(text, *(words or [f"solution {i}" for i in range(len(scores))]))
    return [replace(e, feedback=Feedback(score=score)) for e, score in zip(batch, scores, strict=True)]


def pair(batch: Batch) -> list[tuple[str, str]]:
    return [(e.solution.text, e.rejected.text) for e in batch if e.solution and e.rejected]


def test_best_against_worst():
    assert pair(BestWorst()(scored("3+4", 2, 5, 1, 4), context())) == [("solution 1", "solution 2")]


def test_a_tie_gives_no_pair():
    ctx = context()
    assert BestWorst()(scored("3+4", 3, 3, 3), ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["all scores are equal"] * 3


def test_of_equals_the_first():
    assert pair(BestWorst()(scored("3+4", 1, 5, 5, 1), context())) == [("solution 1", "solution 0")]


def test_no_score_is_not_zero():
    ctx = context()
    assert pair(BestWorst()(scored("3+4", 2, None, 5), ctx)) == [("solution 2", "solution 0")]
    assert [drop.reason for drop in ctx.notes] == ["rejected beside toy/3+4#2", "no score"]
    assert BestWorst()(scored("3+4", 5, None), ctx) == []
    assert ctx.notes[-2].reason == "no other solution has a score"


def test_a_verdict_without_score_is_a_score():
    batch = tried("3+4", "= 8", passed=False) + [replace(e, sample=1) for e in tried("3+4", "= 7", passed=True)]
    assert pair(BestWorst()(batch, context())) == [("= 7", "= 8")]


def test_two_grades_of_one_text_give_no_pair():
    ctx = context()
    assert BestWorst()(scored("3+4", 5, 1, words=["= 7", "= 7 "]), ctx) == []
    assert {drop.reason for drop in ctx.notes} == {"best and worst have the same text"}


def test_every_one_left_out_says_why():
    ctx = context()
    (kept,) = BestWorst()(scored("3+4", 2, 5, 1, 4), ctx)
    assert {drop.experience: drop.reason for drop in ctx.notes} == {
        "toy/3+4#0": "neither best nor worst",
        "toy/3+4#2": f"rejected beside {kept.id}",
        "toy/3+4#3": "neither best nor worst",
    }


def test_reversed_it_prefers_the_worst():
    assert pair(BestWorst(reverse=True)(scored("3+4", 2, 5, 1), context())) == [("solution 2", "solution 1")]


def test_nothing_gives_nothing():
    assert BestWorst()([], context()) == []
    assert texts(BestWorst()(tried("3+4", "7", "8"), context())) == []
