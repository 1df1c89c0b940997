from dataclasses import replace

import pytest
from tests.operators.given import task, texts

from lamarck.core import Experience, LabelError
from lamarck.operators.solutions import Labelled
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ONE = Experience(task=task("3+4"))


def test_the_reference_is_the_solution_and_no_model_is_asked():
    spy = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong)
    (made,) = Labelled()([ONE], context(models=spy, labels="train"))
    assert made.solution
    assert (made.solution.text, made.solution.answer, made.solution.author) == ("7", "7", "reference")
    assert made.prompt == ONE.task.prompt
    assert not spy.calls


def test_training_shows_the_prompt_that_asks_for_the_bare_answer():
    (made,) = Labelled(prompt="star/answer")([ONE], context(labels="train"))
    assert made.prompt.name == "star/answer"
    assert dict(made.prompt.fields) == {"left": "3", "sign": "+", "right": "4", "task": "3+4"}


def test_a_task_without_reference_is_dropped():
    ctx = context(labels="train")
    bare = replace(ONE, task=replace(ONE.task, reference=None))
    assert texts(Labelled()([bare, ONE], ctx)) == ["7"]
    assert [drop.reason for drop in ctx.notes] == ["the task has no reference"]


def test_a_recipe_without_labels_cannot_use_it():
    ctx = context(labels="check")
    with pytest.raises(LabelError):
        Labelled()([replace(ONE, task=ctx.seal(ONE.task))], ctx)
