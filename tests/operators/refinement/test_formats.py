from collections import Counter
from dataclasses import replace

import pytest
from tests.operators.given import texts, tried

from lamarck.core import Experience, Origin, UsageError
from lamarck.operators.refinement import Formats
from lamarck.testing import context

FORMS = Formats(prompts=("lmsi/step_by_step", "lmsi/answer", ""), answer_only=("lmsi/answer",))


def test_every_form_of_every_experience():
    made = FORMS(tried("3+4", "3+4 = 7", "it is 7"), context())
    assert [(e.prompt.name, text) for e, text in zip(made, texts(made), strict=True)] == [
        ("lmsi/step_by_step", "3+4 = 7"),
        ("lmsi/answer", "7"),
        ("task/sum", "3+4 = 7"),
        ("lmsi/step_by_step", "it is 7"),
        ("lmsi/answer", "7"),
        ("task/sum", "it is 7"),
    ]
    assert [e.sample for e in made] == list(range(6))


def test_a_form_shows_the_tasks_fields_and_its_words():
    made = FORMS(tried("3+4", "7"), context())
    assert dict(made[0].prompt.fields) == {"left": "3", "sign": "+", "right": "4", "task": "3+4"}


def test_the_bare_answer_is_by_the_same_author():
    made = FORMS(tried("3+4", "3+4 = 7"), context())
    assert [e.solution.messages[-1].author for e in made if e.solution] == ["", "a", ""]
    assert {e.solution.author for e in made if e.solution} == {"a"}


def test_without_a_readable_answer_the_bare_form_is_dropped_and_no_other():
    ctx = context()
    assert [e.prompt.name for e in FORMS(tried("3+4", "no idea"), ctx)] == ["lmsi/step_by_step", "task/sum"]
    assert [(d.experience, d.reason) for d in ctx.notes] == [
        ("toy/3+4#1", "no answer can be read, which lmsi/answer asks for")
    ]


def test_no_solution_has_no_form():
    ctx = context()
    assert FORMS([Experience(task=tried("3+4", "")[0].task)], ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["no solution"]


def test_the_bare_form_must_be_a_form():
    with pytest.raises(UsageError, match="answer_only names lmsi/anwser; prompts are lmsi/answer"):
        Formats(prompts=("lmsi/answer",), answer_only=("lmsi/anwser",))


def test_by_chance_each_experience_has_one_form():
    batch = [e for i in range(40) for e in tried(f"{i}+1", "is it")]
    forms = [form for e in batch for form in Formats(prompts=("a/one", "a/two", ""), choose="random")([e], context())]
    assert [form.id for form in forms] == [e.id for e in batch]
    names = Counter(form.prompt.name for form in forms)
    assert set(names) == {"a/one", "a/two", "task/sum"}
    assert min(names.values()) > 6


TOLD = Formats(prompts=("humpback/web", "humpback/assistant"), choose="source", sources=("document", "seeds"))


def test_a_source_has_a_form_of_its_own():
    (mine,), (other,), (nobody,) = tried("3+4", "7"), tried("1+1", "2"), tried("2+2", "4")
    assert mine.solution
    passage = replace(mine, solution=replace(mine.solution, author="document"))
    seed = replace(other, origin=Origin(operator="seeds"))
    ctx = context()
    made = TOLD([passage, seed, nobody], ctx)
    assert [(e.task.id, e.prompt.name) for e in made] == [
        ("toy/3+4", "humpback/web"),
        ("toy/1+1", "humpback/assistant"),
    ]
    assert [drop.reason for drop in ctx.notes] == ["of none of the sources document, seeds"]
    rest = replace(TOLD, sources=("document", ""))([nobody], ctx)
    assert [e.prompt.name for e in rest] == ["humpback/assistant"]


def test_every_form_has_its_source():
    with pytest.raises(UsageError, match="1 sources are given; choose='source' needs 2"):
        Formats(prompts=("humpback/web", "humpback/assistant"), choose="source", sources=("document",))
    with pytest.raises(UsageError, match="1 sources are given; choose='all' needs 0"):
        Formats(prompts=("humpback/web",), sources=("document",))
