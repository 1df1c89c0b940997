import math
from dataclasses import replace

import pytest
from tests.operators.given import tried

from lamarck.core import Context, LabelError, Prompt, UsageError
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


# --- two prompts ---

BARE = "likelihood/bare"
MANY = {"task/sum": -1.0, BARE: -3.0, "some/asks": -2.0, "some/other": -2.5}


def read(asked: list[tuple[str, Prompt, str]] | None = None) -> Context:
    def told(name: str, prompt: Prompt, text: str) -> float:
        if asked is not None:
            asked.append((name, prompt, text))
        return MANY[prompt.name]

    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, likelihood=told)
    return context(models=models, roles={"judge": "scripted/0.2"}, labels="train")


def test_a_prompt_against_another_of_the_same_role():
    def score(by: Likelihood) -> float:
        return by(BATCH[1:2], read())[0].score  # four words and an end

    mine = Likelihood(role="learner", per_token=True)
    assert score(mine) == -1.0
    assert score(replace(mine, prompt=BARE)) == -3.0
    assert score(replace(mine, against_prompt=BARE)) == 2.0
    assert score(replace(mine, prompt=BARE, against="learner")) == -2.0
    assert score(replace(mine, prompt="some/asks", against_prompt="some/other", per_token=False)) == 2.5


def test_each_condition_has_its_role():
    asked = list[tuple[str, Prompt, str]]()
    Likelihood(role="learner", prompt="some/asks", against="judge", against_prompt=BARE)(BATCH[:1], read(asked))
    assert [(name, prompt.name) for name, prompt, _ in asked] == [
        ("scripted/0.5", "some/asks"),
        ("scripted/0.2", BARE),
    ]


def test_what_is_scored_is_not_shown():
    asked = list[tuple[str, Prompt, str]]()
    for of in ("solution", "task", "answer"):
        Likelihood(of=of, prompt="some/asks")(BATCH[1:2], read(asked))
    shown = [({"task", "solution"} & set(prompt.fields), text) for _, prompt, text in asked]
    assert shown == [({"task"}, "The result is 7"), ({"solution"}, "3+4"), ({"task", "solution"}, "7")]


def test_a_task_alone_needs_no_solution_and_one_after_its_solution_does():
    bare = [replace(BATCH[0], solution=None)]
    alone, asked = Likelihood(of="task", prompt=BARE), Likelihood(of="task", prompt="some/asks")
    assert (alone.reads, asked.reads) == ({"task"}, {"solution"})
    assert alone(bare, read())[0].score == -6.0
    told = asked(bare, read())[0].feedback
    assert told
    assert (told.score, told.text) == (None, "no solution")


def test_a_task_after_itself_is_refused():
    for prompt, against in (("", ""), (BARE, "judge")):
        with pytest.raises(UsageError, match="after the task itself"):
            Likelihood(of="task", prompt=prompt, against=against)


def test_the_answer_is_the_reference_and_needs_labels():
    by = Likelihood(of="answer", prompt="some/asks", against_prompt=BARE)
    assert by.reads == {"solution", "reference"}
    assert by(BATCH[:1], read())[0].score == 2.0
    unknown = replace(BATCH[0], task=replace(BATCH[0].task, reference=None))
    told = by([unknown], read())[0].feedback
    assert told
    assert told.text.startswith("no answer")
    sealed = replace(BATCH[0], task=replace(read(), labels="none").seal(BATCH[0].task))
    with pytest.raises(LabelError):
        by([sealed], read())


def test_a_pair_is_worth_what_the_solution_is_more_than_the_rejected_one():
    by = Likelihood(role="learner", prompt="some/asks", against_prompt=BARE, margin=True)
    assert by.reads == {"solution", "rejected"}
    pair = replace(BATCH[1], rejected=BATCH[0].solution)
    (judged,) = by([pair], read())
    assert judged.feedback
    assert judged.feedback.details == {"total": 5.0 - 2.0, "per_token": 0.0, "tokens": 5}
    assert (judged.score, judged.solution) == (3.0, pair.solution)
    told = by(BATCH[:1], read())[0].feedback
    assert told
    assert told.score is None
    with pytest.raises(UsageError, match="two solutions"):
        Likelihood(of="answer", margin=True)
