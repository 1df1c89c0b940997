"""Programs on tests that may be seen: read, sifted, run in the sandbox, and told as asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import Plain, tried

from lamarck.core import Batch, Context, Executing, Experience, Message, Prompt, Solution, UsageError, offers
from lamarck.environments.code.checking import CodeCheck
from lamarck.environments.code.functions import Functions, broken, problems
from lamarck.operators.asserting import asserts, calls, idle
from lamarck.operators.feedback import UnitTests
from lamarck.sandbox import Sandbox
from lamarck.testing import ScriptedModels, ToyEnvironment, context

CLAMP = problems()["clamp"]
SEES = "assert clamp(5, 0, 3) == 3"


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def said(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


@pytest.fixture(scope="module")
def world() -> Iterator[Functions]:
    with Sandbox(workers=1) as sandbox:
        try:
            _ = sandbox.layers
        except UsageError as error:
            pytest.skip(f"no sandbox here: {error}")
        yield Functions(CodeCheck(sandbox))


def tries(*programs: str) -> Batch:
    """Solutions of the practice task that asks for this function."""
    (task,) = [e.task for e in Functions().labelled(99, 0, context().objective)
               if e.task.id == "functions/write-clamp"] or [_elsewhere()]  # fmt: skip
    return [Experience(task=task, solution=said(fenced(code)), sample=i) for i, code in enumerate(programs)]


def _elsewhere() -> Any:
    every = [Functions().tasks(split, None, 0, context().objective) for split in ("selection", "sealed")]
    return next(task for tasks in every for task in tasks if task.id == "functions/write-clamp")


def given(world: Any, write: str = "") -> tuple[Context, ScriptedModels]:
    models = ScriptedModels(answer=lambda _prompt, _seed: write, wrong=lambda _prompt, _seed: write)
    return context(environment=world, models=models, learner="scripted/0.0", labels="none"), models


def verdicts(batch: Batch) -> list[bool | None]:
    return [e.feedback.passed if e.feedback else None for e in batch]


def test_examples_are_the_tests_that_the_task_shows_and_hidden_ones_stay_hidden(world: Functions):
    wrong_beyond_what_is_shown = "def clamp(value, low, high):\n    return min(value, high)"
    batch = tries(CLAMP.reference, wrong_beyond_what_is_shown, broken()["clamp"])
    ctx, models = given(world)
    out = UnitTests()(batch, ctx)
    assert verdicts(out) == [True, True, False]
    assert [e.feedback.text for e in out if e.feedback] == ["right", "right", "wrong"]
    assert not models.calls


def test_a_message_says_which_test_failed_and_what_came(world: Functions):
    (one,) = UnitTests(show="message")(tries(broken()["clamp"]), given(world)[0])
    assert one.feedback
    assert SEES in one.feedback.text
    assert "should have come: 3" in one.feedback.text


def test_own_tests_are_written_once_a_task_and_those_that_say_nothing_go(world: Functions):
    good = ("assert clamp(5, 0, 3) == 3", "assert clamp(-1, 0, 3) == 0")
    write = fenced("\n".join(("assert True", good[0], "assert clamp(1, 2, 0) is None", good[1])))
    ctx, models = given(world, write)
    update = UnitTests(of="own")
    out = update(tries(CLAMP.reference, broken()["clamp"]), ctx)
    assert len(models.calls) == 1
    assert verdicts(out) == [True, False]
    assert out[0].feedback
    assert out[0].feedback.details["tests"] == "\n".join(good)
    assert (update.scope, UnitTests().scope) == ("task", "each")


def test_a_program_without_end_fails_and_ends(world: Functions):
    (one,) = UnitTests(show="message")(
        tries("def clamp(value, low, high):\n    while True:\n        pass"), given(world)[0]
    )
    assert one.feedback
    assert (one.feedback.passed, one.feedback.text.partition(":")[0]) == (False, "timeout")


def test_without_a_test_there_is_no_verdict():
    toy = ToyEnvironment()
    for operator, why in ((UnitTests(), "the task shows no test"), (UnitTests(of="own"), "no test was written")):
        (one,) = operator(tried("3+4", "7"), given(toy, "I cannot think of any.")[0])
        assert one.feedback
        assert one.feedback.passed is None
        assert why in one.feedback.text
    (none,) = UnitTests()([replace(tried("3+4", "7")[0], solution=None)], given(toy)[0])
    assert verdicts([none]) == [False]


def test_a_world_without_programs_is_refused_by_name():
    with pytest.raises(UsageError, match="UnitTests runs programs, and plain has none; take an environment of code"):
        UnitTests()(tried("3+4", "7"), given(Plain())[0])
    assert offers(ToyEnvironment(), Executing)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (fenced("assert f(1) == 2\n\nassert f(\n    2\n) == 3"), ["assert f(1) == 2", "assert f(\n    2\n) == 3"]),
        ("Tests:\nassert f(1) == 2\nand also\nassert f(1) == 2\nassert g(", ["assert f(1) == 2"]),
        (fenced("import os\nos.remove('x')\nassert f(0)"), ["assert f(0)"]),
        (fenced("def test():\n    assert f(1)"), []),
        ("nothing of the kind", []),
    ],
)
def test_asserts_are_read_and_nothing_else(text: str, found: list[str]):
    assert asserts(text) == found


def test_a_program_that_does_nothing_has_the_functions_that_tests_call():
    assert calls("assert sorted(f(x, g(1))) == len([2])") == ["f", "g"]
    text = idle(["assert f(1) == 2", "assert g(f(2))"]).text
    assert [line for line in text.splitlines() if line.startswith("def")] == [
        "def f(*_args, **_named):", "def g(*_args, **_named):",
    ]  # fmt: skip


def test_the_prompt_is_the_tasks_words():
    def write(prompt: Prompt, _seed: int) -> str:
        return f"assert total() == {prompt.fields['task'][-1]}"

    models = ScriptedModels(answer=write, wrong=write)
    ctx = context(models=models, learner="scripted/0.0")
    out = UnitTests(of="own")(tried("3+4", "4", "7"), ctx)
    assert verdicts(out) == [True, False]
