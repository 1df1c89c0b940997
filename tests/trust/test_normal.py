"""The normal form: what a disguise changes makes no difference, what a problem says does."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamarck.trust.normal import parts, plain, words

TEXT = st.text(st.sampled_from("abc XYZ éß 019 +-*/=<> \"'“”,.;:?!()[]\n\tﬁ２½ 中文"), max_size=80)
PLAIN = st.lists(st.text(st.sampled_from("abcdeXYZ09"), min_size=1, max_size=8), max_size=20).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_the_form_is_its_own_form(text: str):
    assert plain(plain(text)) == plain(text)
    assert words(plain(text)) == words(text)


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.integers(5, 40))
def test_wrapping_case_spacing_and_quotation_marks_make_no_difference(text: str, width: int):
    said = words(text)
    assert words(textwrap.fill(text, width, break_long_words=False)) == said
    assert words(text.upper()) == said == words(text.lower())
    assert words(text.replace(" ", " \t\u00a0 ")) == said
    assert words(f"“{text}”, «{text}»") == said * 2
    assert words("\u200b".join(text)) == said


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("3+4", "3 + 4"),
        ("5 - 10", "5–10"),
        ("6 × 7", "6*7"),
        ("well-known", "well—known"),
        ("don't", "don’t"),
        ("a ﬁne １２", "A fine 12"),
        ("½ cup", "1/2 cup"),
        ("$10am", "$ 10 AM"),
        ("**bold** words", "bold words"),
        ("some - words", "some words"),
    ],
)
def test_the_same_in_another_hand(text: str, other: str):
    assert words(text) == words(other)


@pytest.mark.parametrize(
    ("text", "other"), [("3+4", "3*4"), ("3+4", "34"), ("x=1", "x<1"), ("1 2", "12"), ("été", "ete")]
)
def test_other_problems_stay_others(text: str, other: str):
    assert words(text) != words(other)


def test_scripts_without_spaces_are_read_by_the_character():
    assert words("中文字 and สวย") == ["中", "文", "字", "and", *"สวย"]


def test_parts_are_lines_and_sentences_over_lines():
    assert parts("One. Two\nthree? Four") == ["One. Two", "three? Four", "One.", "Two three?", "Four"]
