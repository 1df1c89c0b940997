"""Tasks that the learner solves sometimes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lamarck.core import Batch, Experience, LabelError, Prompt, UsageError
from lamarck.operators.feedback import Judge, Verifier, Vote
from lamarck.operators.solutions import Sample
from lamarck.operators.tasks import Frontier
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ERRS = {"add": 0.02, "subtract": 0.5, "multiply": 0.98}


def rates(prompt: Prompt, _rate: float) -> float:
    """Sums are easy, products are hard, differences lie between."""
    return ERRS[TOY.node(prompt.fields["sign"])]


def kept(check: Any, **more: Any) -> tuple[Counter[str], Counter[str]]:
    """How many of 20 tasks a node stay, and why the others do not."""
    models = ScriptedModels(answer=TOY.right, wrong=TOY.wrong, rates=rates)
    ctx = context(models=models, **more)
    batch = [Experience(task=task) for task in ctx.tasks("practice", 60)]
    found: Batch = Frontier(solve=Sample(n=8), check=check)(batch, ctx)
    assert all(e.solution is None for e in found), "what was tried is kept nowhere"
    return Counter(str(e.task.parameters["node"]) for e in found), Counter(drop.reason for drop in ctx.notes)


def test_what_is_too_easy_and_too_hard_falls_with_the_reason():
    nodes, why = kept(Verifier())
    assert nodes["subtract"] >= 18
    assert nodes["add"] + nodes["multiply"] <= 12
    assert why["solved too often"] >= 12
    assert why["solved too rarely"] >= 12


def test_without_labels_the_majority_tells_and_the_verifier_is_refused():
    nodes, why = kept(Vote(), labels="none")
    assert nodes["subtract"] >= 18
    assert nodes["add"] <= 5
    assert set(why) == {"solved too often"}, "what is wrong in many ways has no large majority either"
    with pytest.raises(LabelError):
        kept(Verifier(), labels="none")


def test_what_nobody_can_tell_falls():
    nodes, why = kept(Judge(prompt="self_rewarding/judge"), roles={"judge": "scripted/0"})
    assert (nodes.total(), dict(why)) == (0, {"no solution has a verdict": 60})


@pytest.mark.parametrize("band", [(0.9, 0.1), (-0.1, 0.5), (0.5, 1.5)])
def test_a_band_that_is_none_is_refused(band: tuple[float, float]):
    with pytest.raises(UsageError, match=r"give shares such as 0\.1 and 0\.9"):
        Frontier(low=band[0], high=band[1], solve=Sample(), check=Verifier())
