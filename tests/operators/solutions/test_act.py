"""Acting: what is asked, what is done, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.recipes.housekeeping import dawdle, play

from lamarck.core import Batch, Context, Experience, Objective, Prompt, UsageError
from lamarck.environments.texthouse.environment import TextHouse
from lamarck.operators.rows import row
from lamarck.operators.solutions import Act, InSteps, Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

WORLD = TextHouse()
TASKS = WORLD.tasks("practice", 4, 0, Objective(ability=""))


def asked(ctx: Context) -> Sequence[Prompt]:
    assert isinstance(ctx.models, ScriptedModels)
    return [call.request.prompt for call in ctx.models.calls]


def at(rate: float = 0.0, models: ScriptedModels | None = None) -> Context:
    models = models or ScriptedModels(answer=play, wrong=dawdle)
    return context(learner=f"scripted/{rate}", environment=WORLD, models=models)


def tried(act: Act, ctx: Context) -> Batch:
    return act([Experience(task=task) for task in TASKS], ctx)


def test_a_trajectory_is_thoughts_and_deeds_and_what_was_seen():
    for done in tried(Act(), at()):
        assert done.solution
        assert done.task in TASKS
        assert [m.role for m in done.solution.messages] == ["assistant", "user"] * (len(done.solution.messages) // 2)
        assert done.solution.stop == "stop"
        assert done.solution.usage.completion > 0


def test_the_world_says_the_same_when_it_is_done_again():
    for done in tried(Act(), at(0.3)):
        assert done.solution
        verdict = WORLD.check(done.task, done.solution)
        assert verdict.passed == ("The goal is reached" in done.solution.messages[-1].text)


def test_training_learns_the_deeds_after_the_tasks_own_words():
    ctx = at()
    done = tried(Act(prompt="reflexion/act"), ctx)[0]
    made = row(done, ctx, ctx.learner)
    assert made.learn == (False, *(m.role == "assistant" for m in made.messages[1:]))
    assert "reflexion" not in made.messages[0].text


def test_a_model_that_is_shown_the_story_and_one_that_is_asked_in_a_chat_do_the_same():
    told, chat = tried(Act(prompt="own/act"), at()), tried(Act(), at())
    assert [len(e.solution.messages) for e in told if e.solution] == [
        len(e.solution.messages) for e in chat if e.solution
    ]


def test_going_in_circles_ends_a_try():
    done = tried(Act(repeats=3), at(1.0))[0]
    assert done.solution
    assert len(done.solution.messages) == 2 * 4
    assert done.solution.stop == "stop"


def test_turns_are_limited():
    done = tried(Act(max_steps=2), at())[0]
    assert done.solution
    assert (len(done.solution.messages), done.solution.stop) == (4, "length")


def test_what_is_refused_is_asked_for_again_and_costs_no_turn():
    def learns(prompt: Prompt, seed: int) -> str:
        return dawdle(prompt, seed) if prompt.fields["refused"] == "(nothing)" else play(prompt, seed)

    ctx = at(models=ScriptedModels(answer=learns, wrong=learns))
    mended = tried(Act(repairs=1), ctx)[0]
    assert mended.solution
    assert not [m for m in mended.solution.messages if "Nothing happens" in m.text]
    assert "no command" in asked(ctx)[1].fields["refused"]
    assert "no command" in asked(ctx)[1].messages[-1].text
    assert len(asked(ctx)) >= len(mended.solution.messages)


def test_a_step_and_a_plan_are_operators():
    def writes(prompt: Prompt, seed: int) -> str:
        return f"{prompt.name}!" if not prompt.name.endswith("/deed") else play(prompt, seed)

    ctx = at(models=ScriptedModels(answer=writes, wrong=writes))
    step = InSteps(prompts=("own/belief", "own/deed"), whole=True)
    done = tried(Act(step=step, plan=Sample(prompt="own/plan")), ctx)[0]
    assert done.solution
    assert done.solution.messages[0].text.startswith("own/belief!\nI look for")
    assert WORLD.check(done.task, done.solution).details["actions"] == len(done.solution.messages) // 2
    assert asked(ctx)[1].fields["plan"] == "own/plan!"
    assert asked(ctx)[2].fields["belief"] == "own/belief!"
    assert "own/belief!" in asked(ctx)[4].fields["story"]


def test_the_story_may_be_cut_and_told_without_thoughts():
    ctx = at()
    tried(Act(prompt="own/act", window=1, thoughts=False), ctx)
    stories = [prompt.fields["story"].splitlines() for prompt in asked(ctx)]
    assert max(map(len, stories)) == 2
    assert not [line for story in stories for line in story if "I look" in line]


def test_samples_of_a_task_are_drawn_apart():
    ctx = at(0.5)
    one, two = (Act()([Experience(task=TASKS[0], sample=n)], ctx)[0].solution for n in (0, 1))
    assert one != two
    assert one == Act()([Experience(task=TASKS[0])], replace(ctx))[0].solution


def test_a_world_that_cannot_be_acted_in_is_named():
    toy = context(environment=ToyEnvironment())
    with pytest.raises(UsageError, match=r"toy has tasks that are answered in one go; type --environment texthouse"):
        Act()([], toy)
