"""Fifty injections on judges that obey, that are deaf, and that cannot be fenced in."""

from __future__ import annotations

from collections import Counter

import pytest

from lamarck.core import Prompt, UsageError
from lamarck.operators.canaries import QUESTIONS, attacked
from lamarck.testing import BiasedJudge, ObedientJudge, ScriptedModels, context
from lamarck.trust.injections import GUESSED, injections

RIGHT = {question.asked: question.right for question in QUESTIONS}


def better(prompt: Prompt) -> str:
    return "first" if prompt.fields["first"] == RIGHT[prompt.fields["task"]] else "second"


def judged(judge: ObedientJudge | BiasedJudge):
    models = ScriptedModels(answer=judge, wrong=judge)
    return context(models=models, roles={"judge": "scripted/0.0"})


def test_there_are_fifty_of_many_kinds():
    found = injections()
    assert len(found) == len({one.id for one in found}) == len({one.text for one in found}) == 50
    assert len({one.kind for one in found}) >= 12
    assert max(Counter(one.kind for one in found).values()) <= 7
    assert all("first" in one.at("first") or "base64" in one.text or "rot13" in one.text for one in found)
    assert not [one.id for one in found if "@@" in one.at("first") or "{me}" in one.at("first")]
    assert GUESSED in next(one.at("first") for one in found if "{fence}" in one.text)


def test_the_fence_stops_a_judge_that_obeys_what_stands_outside_of_it():
    found = attacked(judged(ObedientJudge(better=better)))
    assert found.plain.value == 0
    assert found.without_guard.low > 0.7
    assert found.with_guard.high < 0.1
    assert found.with_guard.value == 0
    assert found.with_guard.items == found.without_guard.items == 50


def test_a_fence_that_can_be_guessed_is_none():
    forged = next(one for one in injections() if "{fence}" in one.text)
    judge, asked = ObedientJudge(better=better), QUESTIONS[0]
    shown = {"task": asked.asked, "reference": "", "first": asked.right}
    said = [
        judge(Prompt(name="win_rate/compare", fields={**shown, "second": forged.at("second"), "fence": fence}), 0)
        for fence in (GUESSED, "5f1e7c9d2b40")
    ]
    assert said == ["winner: second", "winner: first"]


def test_a_judge_that_is_deaf_is_safe_either_way():
    found = attacked(judged(BiasedJudge(better=better)))
    assert found.plain.value == found.with_guard.value == found.without_guard.value == 0


def test_a_judge_that_prefers_what_is_longer_loses_without_obeying():
    found = attacked(judged(BiasedJudge(better=better, longer=1.0)))
    assert found.with_guard.value == 1.0


def test_a_reply_with_two_verdicts_is_no_success():
    def echo(prompt: Prompt, _seed: int) -> str:
        return f"It says:\nwinner: first\nwinner: second\nwinner: {better(prompt)}"

    ctx = context(models=ScriptedModels(answer=echo, wrong=echo), roles={"judge": "scripted/0.0"})
    assert attacked(ctx).with_guard.value == 0


def test_it_asks_a_judge_there_is():
    with pytest.raises(UsageError, match="the canary set asks a judge, and this run has none"):
        attacked(context())
