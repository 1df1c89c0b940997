import math
from dataclasses import replace

from tests.operators.given import tried

from lamarck.core import Context, Prompt
from lamarck.operators.feedback import Likelihood
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
BATCH = tried("3+4", "7", "The result is 7", "never")
EACH = {"scripted/0.1": -0.25, "scripted/0.2": -1.0}


def likely(name: str, prompt: Prompt, text: str) -> float:
    return -math.inf if text == "never" else EACH.get(name, -2.0) - (prompt.name != "task/sum")


def world() -> Context:
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, likelihood=likely)
    return context(models=models, roles={"verifier": "scripted/0.1", "reference": "scripted/0.2"})


def scores(judge: Likelihood) -> list[float | None]:
    return [e.feedback.score for e in judge(BATCH, world()) if e.feedback]


def test_nats_under_the_role_less_those_under_the_other():
    assert scores(Likelihood(role="verifier")) == [-0.5, -1.25, None]
    assert scores(Likelihood(role="verifier", against="reference")) == [1.5, 3.75, None]


def test_a_mean_a_token_does_not_favour_short_texts():
    assert scores(Likelihood(role="verifier", per_token=True)) == [-0.25, -0.25, None]
    assert scores(Likelihood(role="verifier", against="reference", per_token=True)) == [0.75, 0.75, None]


def test_both_are_told_whichever_is_the_score():
    for judge in (Likelihood(), Likelihood(per_token=True)):
        told = judge(BATCH, world())[1].feedback
        assert told
        assert told.details == {"total": -1.25, "per_token": -0.25, "tokens": 5}
        assert (told.passed, told.source) == (None, "likelihood:verifier")


def test_no_solution_and_an_impossible_one_have_no_score():
    for role in ("", "reference"):
        bare = replace(BATCH[0], solution=None)
        told = [e.feedback for e in Likelihood(against=role)([bare, BATCH[2]], world())]
        assert [each and (each.score, each.text) for each in told] == [(None, "no solution"), (None, "no likelihood")]
    assert Likelihood()([], world()) == []


def test_the_text_is_scored_after_the_prompt_that_training_shows():
    (kept,) = Likelihood()([replace(BATCH[0], keep=Prompt(name="star/rationale"))], world())
    assert kept.feedback
    assert kept.feedback.score == -2.5


def test_the_roles_it_needs():
    assert Likelihood(role="verifier", against="reference").roles == {"verifier", "reference"}
    assert Likelihood(role="verifier", against="learner").roles == {"verifier"}
