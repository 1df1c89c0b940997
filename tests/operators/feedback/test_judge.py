import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Experience, Prompt
from lamarck.operators.feedback import Judge
from lamarck.operators.feedback.judge import grade
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
JUDGE = Judge(prompt="self_rewarding/judge", votes=3)


def says(replies: Sequence[str]) -> ScriptedModels:
    """A judge that says these, one after the other."""
    left = list(replies)
    return ScriptedModels(answer=lambda _prompt, _seed: left.pop(0), wrong=TOY.wrong)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Score: 4", 4.0),
        ("I would say score: 2.\nNo, wait.\nFinal SCORE: 3.5", 3.5),
        ("**Score:** 5/5", 5.0),
        ("score = <4>", 4.0),
        ("score: 4 out of 5", 4.0),
        ("Score: 0", 0.0),
        ("c40691>01325;!Y", 5.0),
        ("i44136>01325;!N", 0.0),
        ("Is it right?\n**Yes.**", 5.0),
        ("verdict: no", 0.0),
        ("No\nVerdict: yes", 5.0),
    ],
)
def test_a_grade_is_read(text: str, value: float):
    assert grade(text, 5.0) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "score: 7",
        "score: -1",
        "score: 4/10",
        "score: 3-4",
        "score: 3 to 4",
        "score: 1.2.3",
        "The score is good",
        "There is no doubt, and yes it is fine.",
        "I do not say no",
        "The answer is wrong",
        "score: 3, but later score: 9",
    ],
)
def test_what_is_no_grade_is_not_guessed(text: str):
    assert grade(text, 5.0) is None


def test_a_hostile_reply_takes_no_time():
    began = time.process_time()
    for text in (" \n" * 20_000, "score " * 20_000, "!" * 40_000, "(" * 40_000, "score: " + "1." * 20_000):
        assert grade(text, 5.0) is None
    assert time.process_time() - began < 5


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
    assert asked.prompt == Prompt(
        name="self_rewarding/judge",
        fields={"left": "3", "sign": "+", "right": "4", "task": "3+4", "solution": "= 7"},
    )
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
