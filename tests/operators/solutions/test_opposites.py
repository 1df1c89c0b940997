from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import task, texts, tried

from lamarck.core import Batch, Context, Experience, Message, Prompt, Solution, UsageError
from lamarck.operators.solutions import Opposites
from lamarck.testing import ScriptedModels, context

PAIR: dict[str, Any] = {"positive": "grath/right", "negative": "grath/wrong"}


def given(good: str = "7", bad: str = "8") -> tuple[Context, ScriptedModels]:
    """A context whose model says this to the two prompts."""

    def write(prompt: Prompt, _seed: int) -> str:
        return good if prompt.name == "grath/right" else bad

    models = ScriptedModels(answer=write, wrong=write)
    return context(models=models), models


def rejected(batch: Batch) -> list[str]:
    return [e.rejected.text if e.rejected else "" for e in batch]


def test_a_pair_is_one_answer_to_each_prompt_and_training_shows_neither():
    ctx, models = given()
    (pair,) = Opposites(**PAIR)([Experience(task=task("3+4"))], ctx)
    assert (texts([pair]), rejected([pair])) == (["7"], ["8"])
    assert pair.prompt == task("3+4").prompt
    assert pair.asked == Prompt(name="grath/right", fields={**task("3+4").fields, "task": "3+4"})
    assert [call.request.prompt.name for call in models.calls] == ["grath/right", "grath/wrong"]
    assert pair.origin.learner == ctx.learner.hash


def test_only_the_solution_is_renewed_where_a_pair_comes_in():
    ctx, models = given(good="9")
    old = Solution(messages=(Message(role="assistant", text="6", author="older"),), author="older")
    came = [replace(tried("3+4", "7")[0], rejected=old)]
    (pair,) = Opposites(**PAIR, renew="solution")(came, ctx)
    assert texts([pair]) == ["9"]
    assert pair.rejected is old
    assert len(models.calls) == 1
    (both,) = Opposites(**PAIR)(came, ctx)
    assert rejected([both]) == ["8"]


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [("7", "7 ", "both say the same"), ("7", "it is 8, I think", "one is more than 2 times as long as the other")],
)
def test_what_teaches_nothing_is_dropped(good: str, bad: str, why: str):
    ctx, _ = given(good, bad)
    assert Opposites(**PAIR, ratio=2)([Experience(task=task())], ctx) == []
    assert [drop.reason for drop in ctx.notes] == [why]


def test_an_answer_that_never_came_makes_no_pair():
    ctx, _ = given()
    never = replace(tried("3+4", "")[0].solution or Solution(messages=()), stop="error")
    came = [Experience(task=task(), rejected=never)]
    assert Opposites(**PAIR, renew="solution")(came, ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["an answer never came (error)"]


def test_two_experiences_of_one_task_are_answered_apart():
    ctx, models = given()
    Opposites(**PAIR)([Experience(task=task()), Experience(task=task(), sample=1)], ctx)
    assert len({call.request.seeds for call in models.calls}) == 4


def test_it_says_what_it_takes():
    wrong: Any = "rejected"
    with pytest.raises(UsageError, match="renew"):
        Opposites(**PAIR, renew=wrong)
    with pytest.raises(UsageError, match="so 1 or more"):
        Opposites(**PAIR, ratio=0.5)
