from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Batch, Context, Cycle, Experience, Message, Objective, Phase, State, Task, UsageError, run
from lamarck.operators.refinement import Novel
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

SORT = "Sort these numbers from the smallest to the largest and print them"
NEAR = "Sort these numbers from the smallest to the largest then print them"
OTHER = "Name three rivers that flow through more than one country"


def told(*words: str, round: int = 1) -> Batch:
    """A task a text."""
    return [
        Experience(task=Task(id=f"t/{round}.{at}", kind="instruction", messages=(Message(role="user", text=text),)))
        for at, text in enumerate(words)
    ]


def kept(operator: Novel, batch: Batch, ctx: Context) -> list[str]:
    return [e.task.messages[-1].text for e in operator(batch, ctx)]


def at(round: int, store: MemoryStore, operator: str = "refinement.Novel") -> Context:
    return replace(context(store=store), round=round, operator=operator)


def pieces(store: MemoryStore) -> dict[int, Sequence[str]]:
    """What each round committed."""
    return {phase.round: made.data["texts"] for phase, made in store.phases.items() if isinstance(made, State)}


def test_what_is_too_like_the_pool_or_like_one_kept_before_it_is_dropped():
    ctx = context()
    assert kept(Novel(), told(SORT, OTHER, NEAR, OTHER), ctx) == [SORT, OTHER]
    assert {drop.reason for drop in ctx.notes} == {"ROUGE-L above 0.7 with one of the pool"}
    assert kept(Novel(below=0.95), told(SORT, NEAR), context()) == [SORT, NEAR]
    assert kept(Novel(by="text"), told(SORT, SORT.upper() + ".", NEAR), context()) == [SORT, NEAR]
    assert kept(Novel(by="text", below=0.7), told(SORT, NEAR, OTHER), context()) == [SORT, OTHER]
    assert kept(Novel(by="embedding"), told(SORT, NEAR, OTHER), context()) == [SORT, OTHER]


def test_labelled_seeds_are_in_the_pool_first_and_all_of_the_users_own():
    ctx = replace(context(), seed_data=[replace(e, solution=None) for e in told(SORT, OTHER)])
    assert kept(Novel(seeds=1), told(NEAR), ctx) == []
    assert kept(Novel(seeds=0), told(NEAR), replace(ctx, round=1, operator="other")) == [NEAR]


def test_the_pool_lives_on_and_a_round_commits_what_it_adds_alone():
    store = MemoryStore()
    assert kept(Novel(), told(SORT), at(1, store)) == [SORT]
    assert kept(Novel(), told(NEAR, OTHER, round=2), at(2, store)) == [OTHER]
    assert kept(Novel(), told(NEAR, OTHER, round=3), at(3, store)) == []
    found = pieces(store)
    assert [found[round] for round in (1, 2, 3)] == [[SORT], [OTHER], []]
    assert 0 < len(found[0]) <= 175, "the seeds"


def test_a_round_done_again_after_a_kill_gives_the_same():
    store = MemoryStore()
    kept(Novel(), told(SORT), at(1, store))
    again = [kept(Novel(), told(NEAR, OTHER, round=2), at(2, store)) for _ in range(2)]
    assert again == [[OTHER], [OTHER]]


def test_two_in_one_slot_keep_pools_of_their_own():
    store = MemoryStore()
    kept(Novel(), told(SORT), at(1, store, "refinement.Novel.0"))
    assert kept(Novel(), told(SORT), at(2, store, "refinement.Novel.1")) == [SORT]


def test_all_solutions_of_a_task_stand_or_fall_together():
    batch = [replace(e, sample=sample) for e in told(SORT, NEAR) for sample in (0, 1)]
    assert kept(Novel(), batch, context()) == [SORT, SORT]


def test_answers_are_compared_instead():
    batch = [*tried("3+4", "= 7", "so 7"), *tried("5+4", "9", "")]
    novel = Novel(by="text", of="answer", seeds=0)
    assert [e.id for e in novel(batch, context())] == ["toy/3+4#0", "toy/5+4#0", "toy/5+4#1"]
    assert novel.reads == {"solution"}


@pytest.mark.parametrize("below", [0.0, 1.5])
def test_a_threshold_out_of_range_is_refused(below: float):
    with pytest.raises(UsageError, match=r"Novel: below=.*; give a number"):
        Novel(below=below)


class Repeating:
    """Writes the same tasks every round."""

    scope, reads, writes = "all", frozenset[str](), frozenset({"task"})

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return told(SORT, OTHER, round=ctx.round)


def test_a_pool_filtered_to_nothing_says_which_filter_dropped_how_many_and_why():
    toy, store = ToyEnvironment(), MemoryStore()
    models = ScriptedModels(answer=toy.answer, wrong=toy.wrong)
    cycle = Cycle(objective=Objective(ability="x"), tasks=(Repeating(), Novel()), rounds=2)  # type: ignore[arg-type]
    run(cycle, context(store=store, models=models))
    told = [data for kind, data in store.events if kind == "empty"]
    assert [(one["round"], one["phase"], one["into"]) for one in told] == [(2, "tasks", 2)]
    assert told[0]["reasons"] == {"tasks.Novel: ROUGE-L above 0.7 with one of the pool": 2}
    assert store.phases[Phase(stage=0, round=1, name="state-novel-task-tasks-novel")].data["texts"] == [SORT, OTHER]
