"""What a stage and an operator can reach."""

from dataclasses import replace

import pytest

from lamarck.testing import context


def test_roles():
    ctx = context(roles={"judge": "scripted/0.1"})
    assert ctx.role("judge").model.name == "scripted/0.1"
    assert ctx.role("nobody") is ctx.learner
    later = replace(ctx, learner=ctx.models.learner("scripted/0.3"))
    assert later.role("learner").model.name == "scripted/0.3"
    assert later.role("base").model.name == "scripted/0.5"


@pytest.mark.xfail(reason="'learner' is whoever the stage updates, so the solver cannot answer while a verifier learns")
def test_the_learner_is_the_learner_in_a_stage_that_updates_another():
    ctx = context(roles={"verifier": "scripted/0.2"}).stage(0, "verifier")
    assert ctx.role("learner").model.name == "scripted/0.5"
    assert ctx.role("verifier").model.name == "scripted/0.2"
