"""A society of profiles: who stays, who comes, and who is elected."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from lamarck.core import Batch, Context, Experience, Feedback, Objective, Prompt, Solution, UsageError
from lamarck.operators.updating import EvolveProfiles
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()


def ready() -> tuple[Context, ScriptedModels, MemoryStore]:
    """Whoever writes a profile writes one that was not there: "first 0", "cross 4"."""
    number, store = itertools.count(), MemoryStore()

    def write(prompt: Prompt, seed: int) -> str:
        return f"{prompt.name.rpartition('/')[2]} {next(number)}"

    models = ScriptedModels(answer=write, wrong=write)
    goal = Objective(ability="conduct", norm="Never be late.")
    return context(learner="scripted/0", environment=TOY, models=models, store=store, objective=goal), models, store


def lived(search: EvolveProfiles, ctx: Context, *scores: float | None) -> Batch:
    """One task each, with these scores; None = no feedback."""
    (task,) = TOY.tasks("practice", 1, 0, Objective(ability=""))
    return [
        Experience(task=task, solution=Solution(messages=()), author=one.hash, sample=at,
                   feedback=None if score is None else Feedback(score=score))
        for at, (one, score) in enumerate(zip(search.out(ctx).learners, scores, strict=True))
    ]  # fmt: skip


def members(store: MemoryStore, number: int) -> list[str]:
    (state,) = (made for at, made in store.phases.items() if at.name == "state-profiles" and at.round == number)
    return [one["text"] for one in state.data["members"]]


def test_the_fittest_stay_and_the_best_of_them_is_the_candidate():
    ctx, _, store = ready()
    search = EvolveProfiles(population=4, survivors=2)
    made = search(ctx.learner, lived(search, ctx, 1, 4, 3, 2), ctx)
    assert made.prompt == "first 1"
    assert made.parent == ctx.learner.hash
    assert members(store, 1) == ["first 1", "first 2", "cross 4", "cross 5"]
    assert search(made, lived(search, ctx, 1, 4, 3, 2), ctx) == made


def test_fitness_is_this_rounds_alone():
    ctx, _, store = ready()
    search = EvolveProfiles(population=3, survivors=1)
    search(ctx.learner, lived(search, ctx, 9, 1, 1), ctx)
    later = ctx.at(2, ctx.objective, ctx.learner)
    assert search(later.learner, lived(search, later, 1, 2, 3), later).prompt == members(store, 1)[2]


def test_who_has_no_score_counts_as_the_least_and_without_any_nothing_happens():
    ctx, _, store = ready()
    search = EvolveProfiles(population=3, survivors=2)
    assert search(ctx.learner, lived(search, ctx, None, None, None), ctx) == ctx.learner
    assert search(ctx.learner, [], ctx) == ctx.learner
    search(ctx.learner, lived(search, ctx, None, 5, 2), ctx)
    assert members(store, 1)[:2] == ["first 1", "first 0"]


def test_writers_see_two_profiles_and_no_norm():
    ctx, models, _ = ready()
    search = EvolveProfiles(population=4, survivors=2)
    search(replace(ctx.learner, prompt="I am me."), lived(search, ctx, 4, 3, 2, 1), ctx)
    crossed = [call.request for call in models.calls if call.request.prompt.name == "evolutionary_agent/cross"]
    for request in crossed:
        fields = request.prompt.fields
        assert {fields["first"], fields["second"]} == {"first 0", "first 1"}
        assert "late" not in "".join(fields.values()) + request.system


def test_a_search_goes_on_with_the_settings_it_began_with():
    ctx, _, _ = ready()
    EvolveProfiles(population=4, survivors=2).out(ctx)
    with pytest.raises(UsageError, match=r"survivors 2, but test has 3.*--set updating.survivors"):
        EvolveProfiles(population=4, survivors=3).out(ctx)


@pytest.mark.parametrize(("population", "survivors"), [(1, 1), (4, 0), (4, 5)])
def test_a_society_that_could_not_go_on_is_refused(population: int, survivors: int):
    with pytest.raises(UsageError, match=f"population of {population} and {survivors} survivors"):
        EvolveProfiles(population=population, survivors=survivors)
