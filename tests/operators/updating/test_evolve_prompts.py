"""What the breeding of prompts shows a model, what it makes of the replies, and whom it keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from tests.operators.given import task, tried

from lamarck.core import Batch, Context, Experience, Feedback, Phase, Prompt, Solution, State, UsageError
from lamarck.models.text import render
from lamarck.operators.breeding import MUTATIONS, STYLES, Unit, Working, restored, said, stored, unlike
from lamarck.operators.updating import Elect, EvolvePrompts
from lamarck.testing import Call, MemoryStore, ScriptedModels, context

ONLY: dict[str, Any] = {"direct": (), "estimation": (), "lineage": (), "hyper": (), "lamarckian": ()}
"""No way to mutate; each test gives its own."""


def only(**ways: tuple[str, ...]) -> dict[str, Any]:
    """Fields of a search that mutates in these ways alone."""
    return {**ONLY, **ways}


def at(number: int, write: Callable[[Prompt], str], store: MemoryStore, calls: list[Call]) -> Context:
    models = ScriptedModels(
        answer=lambda prompt, _seed: write(prompt), wrong=lambda prompt, _seed: write(prompt), calls=calls
    )
    return replace(context(models=models, store=store), round=number, operator="updating.EvolvePrompts")


def counting() -> Callable[[Prompt], str]:
    """A writer whose every prompt is another one."""
    words = (f"{chr(ord('a') + n % 26)}{'' if n < 26 else n} way" for n in count())
    return lambda _prompt: next(words)


def solved(ctx: Context, search: EvolvePrompts, scores: dict[int, float]) -> Batch:
    """Two tasks for every candidate, scored by its place."""
    return [
        replace(e, author=one.hash, feedback=Feedback(score=scores.get(i, 0.0), passed=scores.get(i, 0.0) > 0.5))
        for i, one in enumerate(search.out(ctx).learners)
        for e in (*tried("3+4", "7, for 3+4 is 7"), *tried("5+4", "9, for 5+4 is 9"))
    ]


def units(store: MemoryStore, number: int) -> list[Unit]:
    state: State = store.phases[Phase(stage=0, round=number, name="state-prompts")]
    return [restored(each) for each in state.data["units"]]


def bred(scores: dict[int, float], rounds: int = 1, **fields: Any) -> tuple[MemoryStore, list[Call]]:
    """A population of four after so many rounds of these scores, and what was asked."""
    given: dict[str, Any] = {"population": 4, **fields}
    search, store, calls, write = EvolvePrompts(**given), MemoryStore(), list[Call](), counting()
    for number in range(1, rounds + 1):
        ctx = at(number, write, store, calls)
        search(ctx.learner, solved(ctx, search, scores), ctx)
    return store, calls


def shown(calls: list[Call], name: str) -> list[str]:
    """What the model read of the prompts of this name."""
    return [render(call.request.prompt)[-1].text for call in calls if call.request.prompt.name == name]


def test_a_population_begins_with_a_style_and_a_mutation_prompt_each():
    store, calls = bred({}, population=3, problem="add two numbers")
    begun = units(store, 0)
    assert [unit.prompts for unit in begun] == [("a way", "b way"), ("c way", "d way"), ("e way", "f way")]
    for i, unit in enumerate(begun):
        text = shown(calls, "promptbreeder/first")[2 * i]
        assert unit.mutation in MUTATIONS
        assert unit.mutation in text
        assert "The instruction: add two numbers" in text
        assert any(style in text for style in STYLES)


def test_a_candidate_is_the_learner_with_the_unit_as_its_system_prompt():
    search, store = EvolvePrompts(population=2), MemoryStore()
    ctx = at(1, counting(), store, [])
    first, second = search.out(ctx).learners
    assert (first.prompt, second.prompt) == ("a way\n\nb way", "c way\n\nd way")
    assert {first.model, second.model} == {ctx.base.model}
    assert first.parent == ctx.base.hash


def test_the_loser_is_overwritten_by_a_changed_copy_of_the_winner():
    store, _ = bred({0: 0.1, 1: 0.2, 2: 0.3, 3: 1.0}, contexts=0, crossover=0, **only(hyper=EvolvePrompts.hyper))
    before, after = units(store, 0), units(store, 1)
    kept = [i for i in range(4) if after[i].prompts == before[i].prompts]
    assert len(kept) == 2
    assert 3 in kept, "the best is never lost"
    assert all(after[i].scores for i in kept)
    born = [unit for i, unit in enumerate(after) if i not in kept]
    assert all(not unit.scores and unit.way in EvolvePrompts.hyper for unit in born)
    assert born[0].elites == after[3].elites or born[1].elites == after[3].elites


def test_direct_mutation_shows_the_unit_s_own_mutation_prompt_or_asks_for_hints():
    store, calls = bred({3: 1.0}, **only(direct=("promptbreeder/first_order",)))
    parents = [unit for unit in units(store, 1) if unit.scores]
    pairs = {(unit.mutation, prompt) for unit in parents for prompt in unit.prompts}
    found = shown(calls, "promptbreeder/first_order")
    assert len(found) == 4
    assert all(
        any(mutation in text and f"The instruction: {prompt}" in text for mutation, prompt in pairs) for text in found
    )
    _, calls = bred({3: 1.0}, problem="add two numbers", **only(direct=("promptbreeder/zero_order",)))
    assert all(
        "add two numbers" in text and "hundred hints" in text for text in shown(calls, "promptbreeder/zero_order")
    )


def test_an_estimate_of_the_distribution_shows_the_population_s_prompts_without_near_copies():
    store, calls = bred({3: 1.0}, **only(estimation=("promptbreeder/more",)))
    text = shown(calls, "promptbreeder/more")[0]
    assert all(text.count(unit.prompts[0]) == 1 for unit in units(store, 0))
    assert unlike(["Add with care.", "add, with care", "add with great care", "Guess"], 0.95) == [
        "Add with care.", "add with great care", "Guess",
    ]  # fmt: skip
    assert unlike(["Add with care.", "add with great care"], 0.5) == ["Add with care."]


def test_the_ranked_list_rises_and_is_said_to_fall():
    _, calls = bred({0: 0.9, 1: 0.1, 2: 0.5, 3: 0.7}, **only(estimation=("promptbreeder/ranked",)))
    text = shown(calls, "promptbreeder/ranked")[0]
    assert "from the best down:\n\n1. c way\n2. e way\n3. g way\n4. a way" in text


def test_the_line_of_elites_is_shown_oldest_first_and_only_to_those_who_have_one():
    both = only(lineage=EvolvePrompts.lineage, direct=("promptbreeder/first_order",))
    store, calls = bred({0: 1.0, 1: 0.5, 2: 0.5, 3: 0.5}, rounds=12, contexts=0, crossover=0, **both)
    best = units(store, 12)[0]
    assert best.elites == (best.prompts,)
    found = shown(calls, "promptbreeder/lineage")
    assert found
    assert all("1. a way" in text or "1. b way" in text for text in found)


def test_hyper_mutation_writes_a_new_mutation_prompt_and_applies_it_at_once():
    store, calls = bred({3: 1.0}, **only(hyper=("promptbreeder/improve",)))
    asked, applied = shown(calls, "promptbreeder/improve"), shown(calls, "promptbreeder/first_order")
    born = [unit for unit in units(store, 1) if not unit.scores]
    assert len(asked) == len(born) == 2
    assert all(any(mutation in text for mutation in MUTATIONS) for text in asked)
    assert all(sum(unit.mutation in text for text in applied) == 2 for unit in born)
    assert not any(unit.mutation in MUTATIONS for unit in born)
    _, calls = bred({3: 1.0}, problem="add two numbers", **only(hyper=("promptbreeder/style",)))
    for text in shown(calls, "promptbreeder/style"):
        assert "add two numbers" in text
        assert any(style in text for style in STYLES)


def test_the_lamarckian_way_goes_back_from_what_was_solved_right():
    ways = only(direct=("promptbreeder/first_order",), lamarckian=EvolvePrompts.lamarckian)
    _, calls = bred({0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, rounds=8, **ways)
    assert {text.split("Question: ")[1].split("\n\n")[0] for text in shown(calls, "promptbreeder/working")} == {
        "3+4\nAnswer: 7, for 3+4 is 7", "5+4\nAnswer: 9, for 5+4 is 9",
    }  # fmt: skip
    _, calls = bred({}, rounds=4, **ways)
    assert not shown(calls, "promptbreeder/working"), "nobody solved anything"


def test_a_prompt_is_crossed_with_another_unit_s():
    store, _ = bred({3: 1.0}, crossover=1.0)
    born = [unit for unit in units(store, 1) if not unit.scores]
    assert all({"g way", "h way"} & set(unit.prompts) for unit in born), "only the last one is fit"


def test_examples_are_filled_up_from_what_the_parent_solved_and_nobody_is_scored_on_them():
    store, _ = bred({0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, contexts=1)
    child = next(unit for unit in units(store, 1) if not unit.scores)
    (example,) = child.workings
    assert f"Question: {example.question}\nAnswer: {example.solution}" in child.text
    search, calls = EvolvePrompts(population=4, contexts=1), list[Call]()
    ctx = at(2, counting(), store, calls)
    marked = [replace(e, feedback=Feedback(score=float(e.task.id == example.task))) for e in solved(ctx, search, {})]
    search(ctx.learner, marked, ctx)
    after = next((unit for unit in units(store, 2) if unit.prompts == child.prompts and unit.scores), None)
    assert after is None or after.scores == (0.0,)


def test_full_examples_stay_or_are_dealt_anew():
    kept, _ = bred({0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, rounds=3, contexts=1, shuffle=0.0)
    for unit in units(kept, 3):
        assert len(unit.workings) <= 1
    with pytest.raises(UsageError, match="contexts of 0 or more"):
        EvolvePrompts(contexts=-1)


def test_a_reply_is_read_as_one_instruction():
    def reply(text: str, stop: Any = "stop") -> Solution:
        (e,) = tried("3+4", text)
        assert e.solution
        return replace(e.solution, stop=stop)

    assert said(reply("1. Count twice.\n2. Then add."), 100) == "Count twice."
    assert said(reply(" Count twice.\nThen add. "), 100) == "Count twice.\nThen add."
    assert said(reply("3.5 is no item"), 100) == "3.5 is no item"
    assert said(reply("Count"), 4) == ""
    assert said(reply("Count", "length"), 100) == ""


def test_a_useless_reply_leaves_the_parent_s_prompt():
    search, store = EvolvePrompts(population=2, problem="add", crossover=0), MemoryStore()
    ctx = at(1, lambda _prompt: " ", store, [])
    search(ctx.learner, solved(ctx, search, {0: 1.0}), ctx)
    assert {unit.prompts for unit in units(store, 1)} == {("add", "add")}


def test_a_unit_is_stored_whole():
    unit = Unit(
        prompts=("a", "b"), mutation="m", workings=(Working(task="t", question="q", solution="s"),),
        elites=(("c", "d"),), scores=(0.5, 1.0), way="w",
    )  # fmt: skip
    assert restored(stored(unit)) == unit
    assert unit.fitness == 0.75


def test_the_search_must_go_on_as_it_was_begun():
    search, store = EvolvePrompts(population=2), MemoryStore()
    search.out(at(1, counting(), store, []))
    with pytest.raises(UsageError, match=r"begun with crossover 0.1, but updating.EvolvePrompts has 0.5"):
        replace(search, crossover=0.5).out(at(1, counting(), store, []))
    with pytest.raises(UsageError, match="a population of 2"):
        EvolvePrompts(population=1)
    with pytest.raises(UsageError, match="ways to mutate"):
        EvolvePrompts(**ONLY)


def test_the_best_over_its_rounds_is_elected():
    store, _ = bred({0: 0.4, 1: 0.9, 2: 0.2, 3: 0.1})
    ctx = at(2, counting(), store, [])
    found = Elect(of=EvolvePrompts(population=4))(ctx.learner, [], ctx)
    assert found == replace(ctx.learner, prompt="c way\n\nd way", parent=ctx.learner.hash)
    assert Elect(of=EvolvePrompts(population=4))(found, [], ctx) == found


def test_nobody_is_elected_before_a_search():
    ctx = replace(at(1, counting(), MemoryStore(), []), operator="updating.Elect")
    with pytest.raises(UsageError, match=r"updating.Elect: no prompt was scored yet; put a stage with"):
        Elect(of=EvolvePrompts())(ctx.learner, [], ctx)


def test_a_round_without_experiences_changes_nothing():
    search, store = EvolvePrompts(population=2), MemoryStore()
    ctx = at(1, counting(), store, [])
    search.out(ctx)
    assert search(ctx.learner, [], ctx) == ctx.learner
    assert Phase(stage=0, round=1, name="state-prompts") not in store.phases


def test_who_was_not_scored_gets_the_least():
    search, store = EvolvePrompts(population=2, **only(direct=("promptbreeder/first_order",))), MemoryStore()
    ctx = at(1, counting(), store, [])
    first, _ = search.out(ctx).learners
    batch = [Experience(task=task(), author=first.hash, feedback=Feedback(score=0.3))]
    search(ctx.learner, batch, ctx)
    assert next(unit.scores for unit in units(store, 1) if unit.scores) == (0.3,)
