from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.operators.given import tried

from lamarck.core import CapabilityError, Prompt
from lamarck.operators.feedback import Reward
from lamarck.operators.updating import PolicyGradient
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()


def number(model: str, prompt: Prompt, text: str) -> float:
    """Longer is better; the model's own name moves it, and so does the prompt."""
    return len(text) + float(model.split("/")[1]) * 100 + len(prompt.fields["left"])


MODELS = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, reward=number)


def test_the_score_is_the_models_number():
    ctx = context(models=MODELS, roles={"reward_model": "scripted/0.0", "second": "scripted/0.5"})
    assert [e.score for e in Reward()(tried("3+4", "7", "is 7"), ctx)] == [2.0, 5.0]
    found = Reward(role="second")(tried("3+4", "7"), ctx)[0].feedback
    assert found
    assert (found.score, found.source, found.passed) == (52.0, "reward:second", None)


def test_the_prompt_is_the_one_that_training_keeps():
    ctx = context(models=MODELS, roles={"reward_model": "scripted/0.0"})
    (one,) = tried("3+4", "7")
    kept = Prompt(name="task/sum", fields={"left": "12345", "sign": "+", "right": "4"})
    assert Reward()([replace(one, keep=kept)], ctx)[0].score == 6.0


def test_no_solution_and_no_number_give_no_score():
    def endless(_model: str, _prompt: Prompt, _text: str) -> float:
        return float("-inf")

    ctx = context(models=ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, reward=endless))
    (long,) = Reward()(tried("3+4", "7"), ctx)
    (none,) = Reward()([replace(long, solution=None)], ctx)
    assert [(e.feedback.score, e.feedback.text) for e in (long, none) if e.feedback] == [
        (None, "too long to be read whole"),
        (None, "no solution"),
    ]


def test_a_model_that_writes_is_no_reward_model():
    @dataclass
    class Writer:
        name: str = "hf/writer"

    class Writers(ScriptedModels):
        def open(self, learner: Any, /) -> Any:
            return Writer()

    ctx = context(models=Writers(answer=TOY.answer, wrong=TOY.wrong))
    with pytest.raises(CapabilityError, match="the reward_model is hf/writer, which gives no text a number; train one"):
        Reward()(tried("3+4", "7"), ctx)


def test_policy_gradients_take_it():
    assert PolicyGradient(rewards=(Reward(),)).rewards == (Reward(),)
