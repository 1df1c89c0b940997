from dataclasses import replace

import pytest

from lamarck.core import Operator, Update, UsageError
from lamarck.operators.feedback import Likelihood
from lamarck.operators.solutions import BestOf, Sample
from lamarck.operators.updating.answer_with import AnswerWith
from lamarck.testing import context

CAREFULLY = Sample(prompt="star/rationale", temperature=0.0)


def test_the_learner_answers_so_from_then_on():
    ctx = context()
    made = AnswerWith(answer=CAREFULLY)(ctx.learner, [], ctx)
    assert (made.answer, made.model, made.parent) == (CAREFULLY, ctx.learner.model, ctx.learner.hash)
    assert made.hash != ctx.learner.hash


def test_a_learner_that_answers_so_already_stays():
    ctx = context()
    made = AnswerWith(answer=CAREFULLY)(ctx.learner, [], ctx)
    assert AnswerWith(answer=Sample(prompt="star/rationale", temperature=0.0))(made, [], ctx) is made
    assert AnswerWith(answer=Sample(prompt="star/rationale", temperature=0.5))(made, [], ctx) is not made


def test_after_another_update_of_the_round_the_parent_is_the_champion():
    ctx = context()
    trained = replace(ctx.learner, prompt="think", parent=ctx.learner.hash)
    assert AnswerWith(answer=CAREFULLY)(trained, [], ctx).parent == ctx.learner.hash


def test_models_of_other_roles_go_along_and_a_newer_one_replaces_the_older():
    judged = BestOf(n=2, by=Likelihood(role="verifier", against="reference"))
    ctx = context(roles={"verifier": "scripted/0.1", "reference": "scripted/0.2"})
    made = AnswerWith(answer=judged)(ctx.learner, [], ctx)
    assert {name: ref.name for name, ref in made.adapters.items()} == {
        "verifier": "scripted/0.1",
        "reference": "scripted/0.2",
    }
    later = replace(ctx.crown("verifier", ctx.models.learner("scripted/0.05")), learner=made)
    again = AnswerWith(answer=judged)(made, [], later)
    assert (again.adapters["verifier"].name, again.adapters["reference"].name) == ("scripted/0.05", "scripted/0.2")
    assert AnswerWith(answer=judged)(again, [], replace(later, learner=again)) is again


def test_a_role_that_means_the_run_cannot_go_along():
    ctx = context()
    with pytest.raises(UsageError, match="asks 'origin', which is nobody after the run"):
        AnswerWith(answer=BestOf(by=Likelihood(role="learner", against="origin")))(ctx.learner, [], ctx)


def test_it_is_an_update_and_no_operator():
    assert isinstance(AnswerWith(answer=CAREFULLY), Update)
    assert not isinstance(AnswerWith(answer=CAREFULLY), Operator)
