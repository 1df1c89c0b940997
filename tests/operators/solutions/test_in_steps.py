"""Prompts one after the other."""

import pytest

from lamarck.core import Experience, Objective, Prompt, UsageError
from lamarck.operators.solutions import InSteps
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TASK = Experience(task=ToyEnvironment().tasks("practice", 1, 0, Objective(ability=""))[0])


def writes(prompt: Prompt, seed: int) -> str:
    return "" if prompt.name.endswith("/mute") else f"{prompt.name} after {sorted(set(prompt.fields) & {'one', 'two'})}"


def done(*prompts: str, whole: bool = False) -> Experience:
    ctx = context(models=ScriptedModels(answer=writes, wrong=writes))
    return InSteps(prompts=prompts, whole=whole)([TASK], ctx)[0]


def test_each_sees_what_the_earlier_ones_wrote_and_the_last_is_the_solution():
    made = done("own/one", "own/two", "own/three")
    assert made.solution
    assert made.asked
    assert made.solution.text == "own/three after ['one', 'two']"
    assert made.asked.fields["one"] == "own/one after []"
    assert made.solution.usage.completion == 3 + 3 + 4


def test_the_whole_may_be_the_solution():
    made = done("own/one", "own/two", whole=True)
    assert made.solution
    assert made.solution.text == "own/one after []\nown/two after ['one']"


def test_an_empty_reply_ends_it():
    made = done("own/one", "own/mute", "own/two")
    assert made.solution
    assert made.solution.text == ""


@pytest.mark.parametrize("prompts", [(), ("a/one", "b/one")])
def test_names_that_cannot_be_told_apart_are_refused(prompts: tuple[str, ...]):
    with pytest.raises(UsageError, match="needs prompts whose last parts differ"):
        InSteps(prompts=prompts)
