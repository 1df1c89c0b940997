import time
from fractions import Fraction

import pytest

from lamarck.environments.game24.verify import verify

TRACE = "13-8=5,4 5 6>24;6-5=1,1 4>24;4*1=4"  # true, and ends on 4
WON = "13-4=9,6 8 9>24;9-6=3,3 8>24;8*3=24"
LINES = "13 - 4 = 9 (left: 6 8 9)\n9 - 6 = 3 (left: 3 8)\n8 * 3 = 24 (left: 24)"
GIVEN = [4, 6, 8, 13]


@pytest.mark.parametrize(
    "text",
    [
        WON,
        LINES,
        "Step 1: 13 − 4 = 9\nStep 2: 9 − 6 = 3\nStep 3: 8 × 3 = 24.",
        "I try 13 + 4 first.\n\n1. 13 - 4 = 9\n2. 9 - 6 = 3 -> 3 8\n\n3. 3 * 8 = 24\n\nThat is 24.",
        "- 13 - 4 = 9, left 6 8 9\n- 9 - 6 = 3\n- 8 * 3 = 24",
        "(13-4-6)*8",
        "(13 - 4 - 6) * 8 = 24",
        "((13−4)−6)×8 = 3×8 = 24",
        "13 - 4 = 10 is what I thought, but:\nAnswer: (13 - 4 - 6) * 8",
        "**Answer:** `(13 - 4 - 6) * 8 = 24`",
        "The final answer is **(13-4-6)*8**.",
        "$(13-4-6)*8$\n24",
    ],
)
def test_right_answers(text: str):
    ruling = verify(GIVEN, 24, text)
    assert (ruling.right, ruling.legal, ruling.reached, ruling.why) == (True, True, 24, ""), ruling


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("13-8=5,4 5 6>24;6*5=31,4 31>24;4*31=24", "step 2: 6*5=31 is false, it is 30"),
        ("13-8=5,4 5 6>24;7-5=2,2 4>24;4*2=8", "step 2: 7 is not there; left are 4 5 6"),
        ("4+4=8,6 8 13>24;8*6=48", "step 1: 4 is not there; left are 4 6 8 13"),
        ("13-8=5,4 5 6>24;6-5=1", "the steps stop with 1 4 left"),
        ("13-8=5,4 5 6>24;6-=1", "step 2 cannot be read: '6-=1'"),
        (WON + ";24-0=24", "step 4: only 24 is left, nothing to combine"),
        ("8/0=24", "step 1: 0 is not there; left are 4 6 8 13"),
        (TRACE, "it ends on 4, not on 24"),
        ("8/3=2.67", "step 1: 3 is not there; left are 4 6 8 13"),
        ("(13-4)*8", "it uses 4 8 13, but the numbers are 4 6 8 13"),
        ("(13-4-6)*8*1", "it uses 1 4 6 8 13, but the numbers are 4 6 8 13"),
        ("13+4+6+8", "it ends on 31, not on 24"),
        ("(13-4-6)*8 = 25", "(13-4-6)*8=25 is false, it is 24"),
        ("8/(13-4-6-3)", "it uses 3 4 6 8 13, but the numbers are 4 6 8 13"),
        ("-(4-6)*(13+8)", "'-(4-6)*(13+8)' is not an expression of numbers, + - * / and ()"),
        ("4**6+8-13", "'4**6+8-13' is not an expression of numbers, + - * / and ()"),
        ("4//6+8-13", "'4//6+8-13' is not an expression of numbers, + - * / and ()"),
        ("(4+6)(8-13)", "'(4+6)(8-13)' is not an expression of numbers, + - * / and ()"),
        ("(4+6)*(8-13", "'(4+6)*(8-13' is not an expression of numbers, + - * / and ()"),
        ("24", "no step like `8 - 5 = 3` and no expression like `(9-5)*6` was found"),
        ("", "no step like `8 - 5 = 3` and no expression like `(9-5)*6` was found"),
        ("I cannot do it.", "no step like `8 - 5 = 3` and no expression like `(9-5)*6` was found"),
    ],
)
def test_wrong_answers_say_why(text: str, why: str):
    ruling = verify(GIVEN, 24, text)
    assert (ruling.right, ruling.canonical, ruling.why) == (False, False, why)


def test_legal_is_about_the_steps_not_the_end():
    assert verify(GIVEN, 24, TRACE).legal
    assert verify(GIVEN, 24, "13-8=5,4 5 6>24").legal
    assert verify(GIVEN, 24, "13+4+6+8").legal
    assert not verify(GIVEN, 24, "13-8=4,4 4 6>24").legal
    assert verify(GIVEN, 24, TRACE).reached == 4
    assert verify(GIVEN, 24, "13-8=5").reached is None


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (WON, True),
        (WON + ".", False),  # the end mark is no part of the text
        (WON.replace("6 8 9", "9 6 8"), False),
        (WON.replace("6 8 9", "6 8"), False),
        (WON.replace("8*3", "3*8"), False),  # the larger number stands first
        (" " + WON, False),
        (LINES, False),
        ("(13-4-6)*8", False),
    ],
)
def test_canonical_is_letter_for_letter(text: str, canonical: bool):
    ruling = verify(GIVEN, 24, text)
    assert ruling.right
    assert ruling.canonical is canonical


def test_right_but_outside_the_small_model_s_numbers_is_not_canonical():
    assert not verify([3, 3, 8, 8], 24, "8/3=8/3,8/3 3 8>24;3-8/3=1/3,1/3 8>24;8/1/3=24").canonical
    big = "100*3=300,2 300>150;300/2=150"
    assert verify([2, 3, 100], 150, big).right
    assert not verify([2, 3, 100], 150, big).canonical


@pytest.mark.parametrize(
    "text",
    [
        "8/(3-8/3)",
        "8/3=8/3;3-8/3=1/3;8/1/3=24",
        "8 / 3 = 8/3\n3 - 8/3 = 1/3\n8 / (1/3) = 24",
        "8/(3-8/3) = 8/(1/3) = 24",
    ],
)
def test_fractions_are_exact(text: str):
    assert verify([3, 3, 8, 8], 24, text).right


def test_a_rounded_fraction_is_false():
    assert verify([3, 3, 8, 8], 24, "8/3=2.67;3-2.67=0.33").why == "step 1: 8/3=267/100 is false, it is 8/3"


def test_division_by_zero_is_a_reason():
    assert verify([1, 3, 3], 24, "1/(3-3)").why == "'1/(3-3)' divides by zero"
    assert verify([1, 3, 3], 24, "3-3=0;1/0=1").why == "step 2: 1/0 divides by zero"


def test_only_the_last_answer_counts():
    guesses = "(13-4-6)*8\n13+4+6+8"
    assert verify(GIVEN, 24, guesses).reached == Fraction(31)
    assert not verify(GIVEN, 24, WON + "\nNo, rather:\n13-8=5").right


HOSTILE = {
    "deep parentheses": "(" * 5_000 + "1" + ")" * 5_000,
    "parentheses within the limit": "(" * 140 + "4+6+8+13" + ")" * 140,
    "open parentheses": "(" * 250 + "4+6+8+13",
    "many signs": "-" * 250 + "4+6+8+13",
    "a tower": "9**9**9",
    "a tower after a sign of equality": "4+6+8+13=9**9**9",
    "a huge number": "9" * 15_000 + "+1",
    "a huge number in a step": "9" * 15_000 + "+1=1",
    "a product of large numbers": "4+6+8+13=" + "*".join(["999999"] * 40),
    "NUL": "4+6\0+8+13\n\0",
    "ten thousand steps": ";".join(["1+1=2"] * 3_000) + "\n" + ";".join(["13-8=5"] * 1_000),
    "spaces": "13 - 8 =" + " " * 19_000 + "5" + " " * 900,
    "a remark without end": "13-8=5 ->" + " ->" * 6_000,
    "marks": "- " * 9_000,
    "bold": "**" * 9_000,
    "digits of other scripts": "١٣-٨=٥\n(٤+٦)*٨",
    "half a character": "\ud800 13-8=5\ud800;\ud800",
    "code": "__import__('os').system('true')",
    "signs of equality": "4+6+8+13" + "=" * 200,
    "lines": "\n" * 19_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_refused_fast_and_without_exception(case: str):
    refuse(HOSTILE[case])


@pytest.mark.parametrize("piece", ["1+", "1+1=2\n", "\n", "13-8=5;"])
def test_a_hundred_megabytes_are_refused_as_fast(piece: str):
    refuse(piece * (100_000_000 // len(piece)))


def refuse(text: str) -> None:
    start = time.process_time()
    ruling = verify(GIVEN, 24, text)
    assert time.process_time() - start < 0.5
    assert not ruling.right
    assert 0 < len(ruling.why) < 600
    assert ruling.why.isprintable()


def test_a_right_answer_stands_at_the_end_of_long_thoughts():
    assert verify(GIVEN, 24, "Hm, 4+6 is 10.\n" * 5_000 + LINES).right


def test_a_cut_does_not_make_an_answer():
    assert not verify(GIVEN, 24, "1" * 20_000 + WON).right
