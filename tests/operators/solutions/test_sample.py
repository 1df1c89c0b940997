import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import task, texts, tried

from lamarck.core import Experience, Limits, UsageError
from lamarck.operators.solutions import Sample
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
ONE, TWO = Experience(task=task("3+4")), Experience(task=task("2*5"))


def models() -> ScriptedModels:
    return ScriptedModels(answer=TOY.answer, wrong=TOY.wrong)


def test_n_samples_numbered_in_order():
    made = Sample(n=3)([ONE], context())
    assert [(e.id, e.task) for e in made] == [(f"toy/3+4#{i}", ONE.task) for i in range(3)]
    assert all(e.solution for e in made)


def test_the_limit_caps_n():
    assert len(Sample(n=9)([ONE], context(limits=Limits(samples=2)))) == 2


def test_a_sample_does_not_depend_on_its_company():
    ctx = context()
    together = Sample(n=2)([ONE, TWO], ctx)
    assert texts(together) == texts(Sample(n=2)([ONE], ctx)) + texts(Sample(n=2)([TWO], ctx))


def test_samples_differ_and_some_are_wrong():
    batch = Sample(n=40)([ONE], context(learner="scripted/0.5"))
    right = sum(TOY.says(text) == "7" for text in texts(batch))
    assert 10 < right < 30


def test_each_says_where_it_comes_from():
    ctx = context()
    for e, seed in zip(Sample(n=2, temperature=0.7)([ONE], ctx), ctx.seeds("toy/3+4", 2), strict=True):
        assert (e.origin.seed, e.origin.temperature, e.origin.round, e.origin.operator) == (seed, 0.7, 1, "test")
        assert e.solution
        assert e.origin.learner == e.solution.author == ctx.learner.hash


def test_an_experience_that_has_samples_is_sampled_further():
    ctx = context()
    again = Sample(n=2)(Sample(n=2)([ONE], ctx), ctx)
    assert [e.sample for e in again] == [0, 1, 2, 3]
    assert len({e.origin.seed for e in again}) == 4


def test_a_prompt_of_its_own_is_asked_and_not_kept_for_training():
    spy = models()
    (made,) = Sample(prompt="star/rationale")([ONE], context(models=spy))
    asked = spy.calls[0].request.prompt
    assert (asked.name, asked.fields["task"], asked.fields["left"]) == ("star/rationale", "3+4", "3")
    assert made.asked == asked
    assert made.prompt == ONE.task.prompt


def test_another_role_answers():
    spy = models()
    ctx = context(models=spy, roles={"teacher": "scripted/0.0"})
    (made,) = Sample(role="teacher")([ONE], ctx)
    assert made.solution
    assert made.solution.author == ctx.learners["teacher"].hash
    assert spy.calls[0].model == "scripted/0.0"


def test_how_to_draw_reaches_the_model():
    spy = models()
    Sample(temperature=0.7, top_k=40, top_p=0.9, max_tokens=96)([ONE], context(models=spy))
    sampling = spy.calls[0].request.sampling
    assert (sampling.temperature, sampling.top_k, sampling.top_p, sampling.max_tokens) == (0.7, 40, 0.9, 96)


def test_the_learners_own_prompt_goes_along():
    spy = models()
    ctx = context(models=spy)
    Sample()([ONE], replace(ctx, learner=replace(ctx.learner, prompt="Be brief.")))
    assert spy.calls[0].request.system == "Be brief."


def shots(sample: Sample, seeds: Sequence[Experience], of: Experience = ONE, **more: Any) -> list[str]:
    """The questions shown before a task."""
    ctx = replace(context(**more), seed_data=seeds)
    (made,) = sample([of], ctx)
    assert made.asked
    assert made.prompt == of.task.prompt
    return re.findall(r"Question: (\S+)", made.asked.fields["examples"])


SEEDS = [example for left in range(10) for example in tried(f"{left}+4", f"= {left + 4}")]
SHOWN = Sample(prompt="soft/answer", shots=3)


def test_examples_are_drawn_for_each_task_and_are_never_the_task():
    known = {e.task.messages[-1].text for e in SEEDS}
    found = [shots(SHOWN, SEEDS, of) for of in (ONE, TWO)]
    assert all(len(set(one)) == 3 and set(one) < known for one in found)
    assert found[0] != found[1]
    assert found[0] == shots(SHOWN, SEEDS)
    twins = [e for e in SEEDS if e.task.fields["left"] == "3"] + tried("1+1", "2")
    assert shots(SHOWN, twins) == ["1+1"]


def test_their_answers_stand_in_a_field_of_their_own():
    (made,) = SHOWN([TWO], replace(context(), seed_data=tried("1+1", "One and one is 2")))
    assert made.asked
    assert made.asked.fields["examples"] == "Question: 1+1\nAnswer: One and one is 2"
    assert made.asked.fields["answers"] == "2"


def test_a_pool_is_the_same_for_every_task_and_round():
    few = replace(SHOWN, pool=3)
    found = {one for of in (TWO, Experience(task=task("9*9"))) for one in shots(few, SEEDS, of)}
    assert len(found) == 3
    later = replace(context(), seed_data=SEEDS, round=4, operator="other")
    (made,) = few([TWO], later)
    assert made.asked
    assert set(re.findall(r"Question: (\S+)", made.asked.fields["examples"])) == found


def test_examples_without_a_prompt_that_shows_them_are_refused():
    with pytest.raises(UsageError, match="shows examples in a prompt"):
        Sample(shots=3)
