from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Experience, Prompt
from lamarck.operators.feedback import Judge
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
JUDGE = Judge(prompt="self_rewarding/judge", votes=3)


def says(replies: Sequence[str]) -> ScriptedModels:
    """A judge that says these, one after the other."""
    left = list(replies)
    return ScriptedModels(answer=lambda _prompt, _seed: left.pop(0), wrong=TOY.wrong)


def test_the_mean_of_the_votes_that_can_be_read():
    (one,) = JUDGE(tried("3+4", "= 7"), context(learner="scripted/0.0", models=says(["Score: 5", "hm", "score: 2"])))
    assert one.feedback
    assert one.feedback.score == 3.5
    assert dict(one.feedback.details) == {"votes": 3, "read": 2}
    assert (one.feedback.passed, one.feedback.text) == (None, "Score: 5")


def test_without_a_readable_vote_there_is_no_score():
    (one,) = JUDGE(tried("3+4", "= 7"), context(learner="scripted/0.0", models=says(["hm", "well", "so"])))
    assert one.feedback
    assert one.feedback.score is None
    assert dict(one.feedback.details) == {"votes": 3, "read": 0}
    assert one.feedback.text == "hm"


def test_the_prompt_holds_the_task_and_the_solution():
    spy = ScriptedModels(answer=TOY.right, wrong=TOY.wrong)
    JUDGE(tried("3+4", "= 7"), context(models=spy))
    asked = spy.calls[0].request
    own = {"left": "3", "sign": "+", "right": "4", "task": "3+4", "solution": "= 7"}
    fence = asked.prompt.fields["fence"]
    assert asked.prompt == Prompt(name="self_rewarding/judge", fields={**own, "fence": fence})
    assert (len(asked.seeds), asked.sampling.temperature, asked.sampling.top_p) == (3, 0.7, 0.9)


def test_a_good_judge_tells_right_from_wrong():
    good, bad = (JUDGE(tried("3+4", "= 7", "= 8"), context(learner=f"scripted/{rate}")) for rate in ("0.0", "1.0"))
    assert [e.score for e in good] == [5.0, 1.0]
    assert [e.score for e in bad] == [1.0, 5.0]


@pytest.mark.parametrize("role", ["learner", "judge", "base"])
def test_it_says_who_judged(role: str):
    ctx = context(roles={"judge": "scripted/0.0"})
    ctx = replace(ctx, base=ctx.models.learner("scripted/0.1"))
    (one,) = Judge(prompt="self_rewarding/judge", role=role)(tried("3+4", "= 7"), ctx)
    assert one.feedback
    assert one.feedback.source == f"judge:{ctx.role(role).hash}"
    assert len({ctx.role(each).hash for each in ("learner", "judge", "base")}) == 3


def test_votes_on_two_solutions_of_one_task_have_seeds_of_their_own():
    spy = ScriptedModels(answer=TOY.right, wrong=TOY.wrong)
    JUDGE(tried("3+4", "= 7", "= 7"), context(models=spy))
    assert not set(spy.calls[0].request.seeds) & set(spy.calls[1].request.seeds)


def test_nothing_to_judge():
    ctx = context()
    assert JUDGE([Experience(task=tried("3+4", "")[0].task)], ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["no solution"]


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("It is fine.\nscore: 4", 4.0),
        ("Score: 5 would be too much, I think.", None),
        ("score: 4\nThat is all.", None),
        ("**Score: 5**\n\n", 5.0),
        ("score: 762", None),
        ("score: 0", None),
        ("score: 3 or score: 4", None),
    ],
)
def test_only_a_grade_that_ends_the_reply_counts(reply: str, score: float | None):
    judge = Judge(prompt="humpback/judge", lowest=1.0, last=True)
    (one,) = judge(tried("3+4", "= 7"), context(learner="scripted/0.0", models=says([reply])))
    assert one.feedback
    assert one.feedback.score == score


def test_a_task_alone_is_graded_whatever_solves_it():
    spy = ScriptedModels(answer=lambda _prompt, _seed: "Score: 4", wrong=TOY.wrong)
    judge = Judge(prompt="kun/judge", of="task")
    batch = [*tried("3+4", "= 7"), *[replace(e, solution=None) for e in tried("3+4", "")]]
    graded = judge(batch, context(learner="scripted/0.0", models=spy))
    assert [e.score for e in graded] == [4.0, 4.0]
    assert all("solution" not in call.request.prompt.fields for call in spy.calls)
    assert judge.reads == {"task"}
    assert JUDGE.reads == {"solution"}
