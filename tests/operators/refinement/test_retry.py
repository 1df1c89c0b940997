from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
from tests.operators.given import texts, tried

from lamarck.core import Batch, Context, Feedback, Names, Prompt, Scope, UsageError, failed, passed
from lamarck.operators.feedback import Verifier, Vote
from lamarck.operators.refinement import Retry
from lamarck.operators.solutions import Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
HINTED = Sample(prompt="star/rationalize", reveal=True)
AGAIN = Retry(solve=HINTED, check=Verifier())


def helped(prompt: Prompt, rate: float) -> float:
    """A model that errs unless it is shown the answer."""
    return 0.0 if "answer" in prompt.fields else rate


def given() -> Context:
    return context(learner="scripted/1.0", models=ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, rates=helped))


RIGHT, WRONG = tried("3+4", "seven: 7", passed=True), tried("5+2", "= 8", passed=False)


def test_those_that_failed_are_solved_again_and_checked_again():
    kept, mended = AGAIN(RIGHT + WRONG, given())
    assert kept == RIGHT[0]
    assert mended.solution
    assert TOY.says(mended.solution.text) == "7"
    assert mended.feedback
    assert mended.feedback.passed
    assert mended.id == WRONG[0].id


def test_a_second_failure_stays_a_failure():
    plain = Retry(solve=Sample(), check=Verifier())
    (again,) = plain(WRONG, given())
    assert failed(again)
    assert texts([again]) != texts(WRONG)


def test_the_hint_is_asked_and_not_trained_on():
    (mended,) = AGAIN(WRONG, given())
    assert mended.asked
    assert mended.asked.fields["answer"] == "7"
    assert mended.prompt == WRONG[0].task.prompt


def test_left_in_the_hint_leaks():
    (mended,) = replace(AGAIN, leak=True)(WRONG, given())
    assert mended.prompt == mended.asked
    assert "answer" in mended.prompt.fields


def test_the_condition_is_the_recipes():
    (again, wrong) = Retry(where=passed, solve=HINTED, check=Verifier())(RIGHT + WRONG, given())
    assert again != RIGHT[0]
    assert wrong == WRONG[0]


def test_seeds_are_those_of_the_held_operator():
    ctx = given().within("refinement.Retry")
    (mended,) = AGAIN(WRONG, ctx)
    assert mended.origin.operator == "refinement.Retry.Sample"
    assert mended.origin.seed == ctx.under("Sample").seeds(mended.task.id, 1)[0]


def test_of_several_attempts_the_first_that_is_right():
    ctx = context(learner="scripted/0.5")
    batch = [replace(e, sample=2) for e in WRONG]
    (again,) = Retry(solve=Sample(n=8), check=Verifier())(batch, ctx)
    assert passed(again)
    assert again.id == batch[0].id


@dataclass(frozen=True, kw_only=True)
class Refuse:
    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        ctx.drop(batch[0], "refused")
        return []


def test_what_a_held_operator_drops_it_explains():
    ctx = given().within("refinement.Retry")
    assert Retry(solve=Refuse(), check=Verifier())(RIGHT + WRONG, ctx) == RIGHT
    assert [(drop.operator, drop.reason) for drop in ctx.notes] == [("refinement.Retry.Refuse", "refused")]


@dataclass(frozen=True, kw_only=True)
class Longer:
    """Scores a text by its length; of scope "task" it tells how many it saw."""

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        told = [Feedback(score=float(len(e.solution.text)), text=f"of {len(batch)}") if e.solution and e.solution.text
                else None for e in batch]  # fmt: skip
        return [replace(e, feedback=one) for e, one in zip(batch, told, strict=True)]


def says(text: str) -> Context:
    return context(models=ScriptedModels(answer=lambda _prompt, _seed: text, wrong=lambda _prompt, _seed: text))


def kept(new: str, keep: Literal["new", "better", "no worse"]) -> tuple[str, float, str]:
    """What stays of the old text "= 8" and a new one, and what its check says."""
    (one,) = Retry(solve=Sample(), check=Longer(), keep=keep)([replace(WRONG[0], sample=3)], says(new))
    assert one.id == "toy/5+2#3"
    return texts([one])[0], one.score, one.feedback.text if one.feedback else ""


def test_the_new_one_stays_only_where_the_check_scores_it_higher():
    assert kept("5+2 = 7", "better") == ("5+2 = 7", 7.0, "of 2")
    assert kept("7", "better") == ("= 8", 3.0, "of 2")
    assert kept("= 7", "better") == ("= 8", 3.0, "of 2")
    assert kept("= 7", "no worse") == ("= 7", 3.0, "of 2")
    assert kept("", "no worse") == ("= 8", 3.0, "of 2")


def test_both_are_checked_anew_whatever_was_said_before():
    old = replace(WRONG[0], feedback=Feedback(score=100.0))
    (one,) = Retry(solve=Sample(), check=Longer(), keep="better")([old], says("5+2 = 7"))
    assert texts([one]) == ["5+2 = 7"]


def test_where_nothing_new_comes_the_old_one_stays():
    ctx = given().within("refinement.Retry")
    (one,) = Retry(solve=Refuse(), check=Verifier(), keep="better")(WRONG, ctx)
    assert texts([one]) == texts(WRONG)
    assert [drop.reason for drop in ctx.notes] == ["refused"]


def test_a_vote_needs_more_than_one_solution():
    with pytest.raises(UsageError, match="Retry holds Vote, which needs all of a task"):
        Retry(solve=HINTED, check=Vote())
