"""Numbers as models write them, and which of a text's numbers is its answer."""

from fractions import Fraction

import pytest

from lamarck.data.answers import Answers
from lamarck.data.answers.numbers import in_words, number, numbers, plain

NUMBER = Answers(form="number")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("72", "72"),
        ("-3.50", "-3.5"),
        ("$1,234.50", "1234.5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        (".25", "0.25"),
        ("45%", "45"),
        (r"45\%", "45"),
        ("12 apples", "12"),
        ("3/4", "0.75"),
        ("2/3 of a cup", "2/3"),
        ("5 1/2", "5.5"),
        ("5½ hours", "5.5"),
        (r"3\frac{1}{2}", "3.5"),
        (r"\frac{-3}{8}", "-0.375"),
        ("1.5 million", "1500000"),
        ("6.02e3", "6020"),
        (r"6.02 \times 10^{3}", "6020"),
        ("7 x 10^-2", "0.07"),
        ("10{,}000", "10000"),
        ("twenty-five dollars", "25"),
        ("one hundred and eighty", "180"),
        ("nine point eight gallons", "9.8"),
        ("36 cm^2", "36"),
        (r"90^\circ", "90"),
    ],
)
def test_a_number_in_many_spellings(text: str, value: str):
    found = number(text)
    assert found is not None
    assert plain(found) == value


@pytest.mark.parametrize("text", ["", "no number", "3 or 4", "5x + 2", "x^2", "1/0", "9" * 100])
def test_what_is_no_single_number(text: str):
    assert number(text) is None


def test_a_minus_after_a_number_is_an_operator():
    assert [value for _, _, value in numbers("10-5, 10 -5, = -5, (-5), 3–2")] == [10, 5, 10, 5, -5, -5, 3, 2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("He makes 9 * 2 = $<<9*2=18>>18 a day.\n#### 18", "18"),
        ("So 3 of 4 remain.\nThe answer is 3.", "3"),
        ("The answer is 96 - 73 = 23", "23"),
        ("The answer (arabic numerals) is:\n\n60 + 15 + 30 = 105", "105"),
        ("Thus she pays \\boxed{\\$1,250} in 3 years", "1250"),
        ("Therefore the final answer is **12** apples, out of 20.", "12"),
        ("answer: 7\nI checked it 3 times.", "7"),
        ("Answer: $18.00", "18"),
        ("A: 42", "42"),
        ("first 5, then 6", "6"),
        ("The answer is twelve.", "12"),
        ("The answer is 5.\n\nQ: What is 8 + 9?\nA: The answer is 17.", "5"),
        ("<think>the answer is 3</think>The answer is 4.", "4"),
        ("The answer is 5? No, the answer is 6.", "6"),
        ("It is 1/6, so the answer is 1/6, or 0.1667.", "1/6"),
    ],
)
def test_the_answer_of_a_text(text: str, value: str):
    assert NUMBER.read(text) == value


@pytest.mark.parametrize("text", ["", "I do not know.", "x"])
def test_a_text_without_a_number_has_no_answer(text: str):
    assert NUMBER.read(text) is None


def test_equal_within_the_tolerance_only():
    assert NUMBER.same("0.3333333333", "1/3")
    assert not NUMBER.same("0.33", "1/3")
    assert Answers(form="number", tolerance=0.02).same("0.33", "1/3")
    assert NUMBER.same("1000", "1,000")
    assert NUMBER.same("5", "5.0")


def test_plain_is_one_text_for_one_value():
    assert [plain(Fraction(text)) for text in ("10", "-1/8", "1/3", "0.05", "-7/2")] == [
        "10",
        "-0.125",
        "1/3",
        "0.05",
        "-3.5",
    ]


def test_words_beyond_a_hundred():
    assert in_words("two hundred ninety-four thousand and six") == 294006
    assert in_words("a lot") is None
