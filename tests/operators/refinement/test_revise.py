from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.operators.given import texts, tried

from lamarck.core import Context, Feedback, Prompt
from lamarck.operators.feedback import Verifier
from lamarck.operators.refinement import Retry, Revise
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
WRONG = tried("3+4", "= 8", passed=False)


def given(write: Callable[[Prompt, int], str], **options: Any) -> tuple[Context, ScriptedModels]:
    spy = ScriptedModels(answer=write, wrong=write)
    return context(learner="scripted/0.0", models=spy, **options), spy


def heard(text: str) -> Feedback:
    return Feedback(passed=False, text=text)


def test_what_stands_before_the_mark_is_reflection_and_is_not_kept():
    revise = Revise(prompt="x/revise", after="Solution:")
    reply = "The sum was off. Solution: no.\nSolution:\n 7"
    assert texts(revise(WRONG, given(lambda _prompt, _seed: reply)[0])) == ["7"]
    assert texts(revise(WRONG, given(lambda _prompt, _seed: "It is 7")[0])) == ["It is 7"]
    assert revise(WRONG, given(lambda _prompt, _seed: "It was off.\nSolution:")[0]) == WRONG


def test_the_solution_is_new_and_its_feedback_gone():
    ctx, spy = given(lambda _prompt, _seed: "= 7")
    (new,) = Revise(prompt="x/revise", role="teacher", temperature=0.3)(
        [replace(WRONG[0], feedback=heard("one too many"))], ctx
    )
    assert texts([new]) == ["= 7"]
    assert new.feedback is None
    assert new.prompt == WRONG[0].task.prompt
    asked = spy.calls[0].request
    assert {name: asked.prompt.fields[name] for name in ("task", "solution", "feedback")} == {
        "task": "3+4",
        "solution": "= 8",
        "feedback": "one too many",
    }
    assert asked.sampling.temperature == 0.3


def test_all_earlier_tries_are_in_view():
    replies = ["second", "third"]
    ctx, spy = given(lambda _prompt, _seed: replies.pop(0))
    revise = Revise(prompt="x/revise")
    (second,) = revise([replace(WRONG[0], feedback=heard("too high"))], ctx)
    (third,) = revise([replace(second, feedback=heard("no number"))], ctx)
    assert texts([third]) == ["third"]
    assert spy.calls[1].request.prompt.fields["tries"] == (
        "Try 1:\n= 8\n\nWhat was said of try 1:\ntoo high\n\nTry 2:\nsecond\n\nWhat was said of try 2:\nno number"
    )
    assert len({call.request.seeds for call in spy.calls}) == 2


def test_the_answer_is_shown_where_it_may_be():
    ctx, spy = given(lambda _prompt, _seed: "= 7", labels="train")
    revise = Revise(prompt="x/revise", reveal=True)
    revise(WRONG, ctx)
    assert spy.calls[0].request.prompt.fields["answer"] == "7"
    assert "reference" in revise.reads
    assert "reference" not in Revise(prompt="x/revise").reads


def test_an_empty_reply_leaves_the_old_one():
    assert Revise(prompt="x/revise")(WRONG, given(lambda _prompt, _seed: " ")[0]) == WRONG


def test_a_second_try_may_be_a_revision():
    ctx, _ = given(lambda _prompt, _seed: "= 7")
    (new,) = Retry(solve=Revise(prompt="x/revise"), check=Verifier())(WRONG, ctx)
    assert new.feedback
    assert new.feedback.passed


def test_what_has_no_solution_is_dropped():
    ctx, _ = given(lambda _prompt, _seed: "= 7")
    assert Revise(prompt="x/revise")([replace(WRONG[0], solution=None)], ctx) == []
    assert ctx.notes[0].reason == "no solution"
