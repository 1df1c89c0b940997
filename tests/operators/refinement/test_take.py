from dataclasses import replace

import pytest
from tests.operators.given import texts, tried

from lamarck.core import Batch, Experience, Feedback, Message, Origin, Solution, UsageError
from lamarck.operators.refinement import Take
from lamarck.operators.refinement.take import _quotas as quotas  # pyright: ignore[reportPrivateUsage]
from lamarck.testing import context


def scored(text: str, *scores: float) -> Batch:
    said = tried(text, *(f"{text} {score}" for score in scores))
    return [replace(e, feedback=Feedback(score=score)) for e, score in zip(said, scores, strict=True)]


ROUND = [*scored("1+2", 3, 9, 5), *scored("2+2", 1, 7)]


def test_the_best_of_the_round_and_of_each_task():
    assert texts(Take(n=2, by="score")(ROUND, context())) == ["1+2 9", "2+2 7"]
    assert texts(Take(n=1, per="task", by="score")(ROUND, context())) == ["1+2 9", "2+2 7"]
    assert texts(Take(share=0.4, by="score")(ROUND, context())) == ["1+2 9", "2+2 7"]
    assert texts(Take(share=0.1, n=3, by="score")(ROUND, context())) == ["1+2 9"]


def test_a_whole_share_puts_all_in_order():
    assert texts(Take(share=1.0, by="score")(ROUND, context())) == ["1+2 9", "2+2 7", "1+2 5", "1+2 3", "2+2 1"]


def test_what_is_not_taken_is_dropped_with_the_reason():
    ctx = context()
    Take(n=4, by="score")(ROUND, ctx)
    assert [(drop.experience, drop.reason) for drop in ctx.notes] == [("toy/2+2#0", "not among those taken by score")]


def test_chance_draws_so_many_in_order_and_the_same_again():
    batch = [e for number in range(30) for e in tried(f"{number}+1", "x")]
    taken = Take(n=7)(batch, context())
    assert taken == Take(n=7)(batch, context())
    assert taken != Take(n=7)(batch, context(seed=1))
    assert [batch.index(e) for e in taken] == sorted(batch.index(e) for e in taken)
    assert len({e.id for e in taken}) == 7


def test_the_shortest_by_turns_then_by_text_and_the_latest_of_equals():
    def walked(*turns: str, round: int = 1) -> Experience:
        said = tuple(Message(role="assistant", text=turn) for turn in turns)
        return replace(tried("1+2", "")[0], solution=Solution(messages=said), origin=Origin(round=round), sample=round)

    short = Take(n=1, per="task", by="length")
    assert short([walked("a", "b", "c"), walked("long words", "b", round=2)], context())[0].sample == 2
    assert short([walked("a", "b"), walked("c", "dd", round=2)], context())[0].sample == 2
    assert short([walked("aaaa"), walked("bb"), walked("cc", round=3)], context())[0].sample == 3


def test_all_authors_give_as_many_of_their_best():
    roles = ("first", "second", "first", "first", "second")
    batch = [
        replace(e, solution=replace(e.solution, author=role))
        for e, role in zip(scored("1+2", 3, 9, 5, 4, 1), roles, strict=True)
        if e.solution
    ]
    assert texts(Take(n=2, per="task", balance=True, by="score")(batch, context())) == [
        "1+2 5", "1+2 4", "1+2 9", "1+2 1",
    ]  # fmt: skip
    assert texts(Take(share=1.0, balance=True, by="score")(batch[:3], context())) == ["1+2 5", "1+2 9"]


def test_near_the_centres_of_clusters_in_proportion_to_their_size():
    batch = [e for n in range(8) for e in tried(f"{n}+1111111111", "x")]
    batch += [e for n in range(4) for e in tried(f"9999999999*{n}", "x")]
    taken = Take(n=6, by="centre", clusters=2)(batch, context())
    assert [sum(sign in e.task.id for e in taken) for sign in "+*"] == [4, 2]
    assert Take(n=3, by="centre")([], context()) == []


def test_quotas_add_up():
    assert quotas([5, 3, 2], 10) == [5, 3, 2]
    assert quotas([1, 1, 1], 2) == [1, 1, 0]
    assert quotas([90, 6, 4], 10) == [9, 1, 0]


@pytest.mark.parametrize("amount", [{}, {"n": 0}, {"share": 0.0}, {"share": 1.5}])
def test_no_amount_is_refused_with_what_to_type(amount: dict[str, float]):
    with pytest.raises(UsageError, match=r"give n=\.\.\."):
        Take(**amount)  # type: ignore[arg-type]


def test_it_reads_what_decides():
    assert Take(n=1, by="score").reads == {"feedback"}
    assert Take(n=1, by="length").reads == {"solution"}
    assert Take(n=1, balance=True).reads == {"task", "solution"}
