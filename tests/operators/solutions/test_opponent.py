from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Prompt, Request, Solution
from lamarck.operators.solutions import Opponent
from lamarck.testing import ScriptedModel, ScriptedModels, context

BATCH = tried("3+4", "7") + tried("2*5", "= 10")


def models(text: str) -> ScriptedModels:
    def write(_prompt: Prompt, _seed: int) -> str:
        return text

    return ScriptedModels(answer=write, wrong=write)


def test_the_learners_own_answer_is_rejected_beside_the_given_one():
    ctx = context(models=models("8"))
    pairs = Opponent()(BATCH, ctx)
    assert [(e.id, e.solution) for e in pairs] == [(e.id, e.solution) for e in BATCH]
    assert [e.rejected.text for e in pairs if e.rejected] == ["8", "8"]
    assert {e.rejected.author for e in pairs if e.rejected} == {ctx.learner.hash}


def test_the_pair_says_who_played_and_when():
    ctx = replace(context(models=models("8")), round=3)
    origin = Opponent(temperature=0.5)(BATCH, ctx)[0].origin
    assert (origin.learner, origin.round, origin.temperature) == (ctx.learner.hash, 3, 0.5)
    assert origin.seed == ctx.seeds("toy/3+4#0", 1)[0]


def test_the_same_answer_makes_no_pair_and_says_so():
    ctx = context(models=models(" 7 "))
    assert [e.task.id for e in Opponent()(BATCH, ctx)] == ["toy/2*5"]
    assert [(drop.experience, drop.reason) for drop in ctx.notes] == [("toy/3+4#0", "the opponent says the same")]
    assert len(Opponent(identical=True)(BATCH, ctx)) == 2


def test_it_answers_the_prompt_that_training_shows():
    spy = models("8")
    Opponent(temperature=0.7, top_p=0.9, max_tokens=12)(
        [replace(BATCH[0], keep=Prompt(name="star/rationale"))], context(models=spy)
    )
    request = spy.calls[0].request
    assert request.prompt.name == "star/rationale"
    assert (request.sampling.temperature, request.sampling.top_p, request.sampling.max_tokens) == (0.7, 0.9, 12)


def test_another_role_plays():
    ctx = context(models=models("8"), roles={"base": "scripted/0.1"})
    later = replace(ctx, learner=ctx.models.learner("scripted/0.2"))
    played = {e.rejected.author for e in Opponent(role="base")(BATCH, later) if e.rejected}
    assert played == {ctx.base.hash} != {later.learner.hash}


def test_an_answer_that_never_came_makes_no_pair(monkeypatch: pytest.MonkeyPatch):
    def silent(_model: ScriptedModel, requests: list[Request]) -> list[list[Solution]]:
        return [[Solution(messages=(), stop="error")] for _ in requests]

    monkeypatch.setattr(ScriptedModel, "generate", silent)
    ctx = context()
    assert Opponent()(BATCH, ctx) == []
    assert {drop.reason for drop in ctx.notes} == {"the opponent gave no answer (error)"}
