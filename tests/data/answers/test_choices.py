"""Letters of choices in their guises, words of a few, dates, and texts."""

import pytest

from lamarck.data.answers import Answers, form_of

OPTIONS = {"A": "a pond", "B": "the desert", "C": "California", "D": "cargo ship", "E": "none of these"}
CHOICE = Answers(form="choice", options=OPTIONS)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (B).", "B"),
        ("the answer is B", "B"),
        ("Answer: b", "B"),
        ("Therefore, among A through E, the answer is E.", "E"),
        ("The correct option is **D**.", "D"),
        (r"\boxed{C}", "C"),
        (r"so \boxed{\text{(D)}}", "D"),
        ("B", "B"),
        ("(B)", "B"),
        ("B.", "B"),
        ("D. Because ships carry cargo.\n\nThe others do not.", "D"),
        ("B) the desert", "B"),
        ("I think it is hot there.\n**B. the desert**", "B"),
        ("Ships carry cargo. So it must be option D.", "D"),
        ("(A) is wet and (C) is a state; only the former fits. So it must be (A).", "A"),
        ("The answer is California.", "C"),
        ('The answer is most likely "the desert."', "B"),
        ("The answer is A because fish live there.", "A"),
        ("The answer is a pond.", "A"),
        ("The answer is a cargo ship.", "D"),
        ("The answer is (B), not (C).", "B"),
        ("First (C) seemed right. The answer is (D).", "D"),
    ],
)
def test_the_letter_in_many_guises(text: str, letter: str):
    assert CHOICE.read(text) == letter


@pytest.mark.parametrize(
    "text",
    ["", "Water is wet.", "The answer is (F).", "The answer is none of the above.", "A man goes"],
)
def test_a_text_that_chooses_nothing(text: str):
    assert CHOICE.read(text) is None


def test_a_label_may_be_a_letter_or_the_words():
    assert CHOICE.same("B", "(B)")
    assert CHOICE.same("B", "The desert")
    assert not CHOICE.same("B", "C")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The answer is yes.", "yes"),
        ("Therefore, the answer (Yes or No) is No.", "no"),
        ("The answer (Yes or No) is:\n\nYes", "yes"),
        ("No, it does not.", "no"),
        ("It was flipped twice. So yes.", "yes"),
        ("The answer (Yes or No) is the same for all people.", None),
        ("The answer is not clear.", None),
        ("Say yes or no!", None),
        ("There is nothing to say", None),
    ],
)
def test_one_of_two_words(text: str, label: str | None):
    assert Answers(form="word", labels=("yes", "no")).read(text) == label


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("So the answer is 05/01/2021.", "05/01/2021"),
        ("The date is May 1st, 2021.", "05/01/2021"),
        ("It is 2021-05-01 today", "05/01/2021"),
        ("Yesterday was 04/30/2021, so today is 1 May 2021.", "05/01/2021"),
        ("The answer is 13/45/2021.", None),
    ],
)
def test_dates(text: str, said: str | None):
    assert Answers(form="date").read(text) == said


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ('Therefore, the answer is "naey".', "naey"),
        ("The answer is n a e y.", "naey"),
        ("So the answer is barn damp dot. I sorted them.", "barn damp dot"),
        ("#### Paris", "paris"),
        ("Let me think.\n\n**Paris**", "Paris"),
        ("So the answer is ] ] >.", "] ] >"),
        ("The answer is Michael J. Behe.", "Michael J. Behe"),
    ],
)
def test_texts(text: str, reference: str):
    form = Answers(form="text")
    read = form.read(text)
    assert read is not None
    assert form.same(read, reference)


def test_other_texts_differ():
    assert not Answers(form="text").same("n-a-e-y", "naey")
    assert not Answers(form="text").same("damp barn", "barn damp")


@pytest.mark.parametrize(
    ("references", "form"),
    [
        (["1", "2,000", "$3.50"], "number"),
        (["Yes", "No", "Yes", "No"], "word"),
        (["05/01/2021"], "date"),
        ([r"\frac{\sqrt{2}}{2}", "3"], "math"),
        ([r"\frac{1}{2}", "3"], "number"),
        (["Paris", "Rome", "Oslo"], "text"),
    ],
)
def test_the_form_that_references_have(references: list[str], form: str):
    assert form_of(references) == form
