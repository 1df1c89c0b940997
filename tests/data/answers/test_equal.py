"""Mathematical answers: what is the same in another form, what is not, and that no text takes long."""

import time

import pytest

from lamarck.data.answers import Answers
from lamarck.data.answers.equal import same

MATH = Answers(form="math")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\frac12", r"\dfrac{1}{2}"), ("0.5", r"\frac{1}{2}"), ("1/2", r"\tfrac 1 2"), ("2/4", "1/2"),
        (r"\sqrt3", r"\sqrt{3}"), (r"2\sqrt{3}", r"\sqrt{12}"), (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"),
        ("x=5", "5"), ("$5$", "5"), (r"5\%", "5"), (r"90^{\circ}", "90"), (r"5\text{ cm}", "5"), ("$18.5", r"\$18.50"),
        ("1{,}000", "1000"), (r"10,\!000", "10000"), ("1,2", "2, 1"), ("2 and 1", "1, 2"),
        (r"(1,2)", r"\left( 1, 2 \right)"), (r"\{1,2,3\}", r"\{3,2,1\}"), ("[0,1)", "[0, 1)"),
        (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty) \cup (-\infty, 2)"), (r"$x \in [-1, 2]$", "[-1,2]"),
        ("x^2+2x+1", "(x+1)^2"), (r"3\pi", r"\pi \cdot 3"), ("y=2x+3", "2x-y+3=0"), ("f(x)=x+1", "1+x"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
        (r"\text{Monday}", "monday"), (r"3\frac{1}{2}", "3.5"), ("3 1/2", "7/2"), (r"0.\overline{3}", "1/3"),
        (r"1\pm\sqrt{2}", r"1-\sqrt2, 1+\sqrt2"), ("2^{10}", "1024"), ("10!", "3628800"), (r"\binom{5}{2}", "10"),
        (r"\log_2 8", "3"), ("1010_2", "1010_{2}"), (r"x \le 3", r"x\leq 3"), (r"\sqrt[3]{8}", "2"), ("ab", "ba"),
    ],
)  # fmt: skip
def test_the_same_in_another_form(one: str, other: str):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", "6"), ("(1,2)", "(2,1)"), ("[0,1)", "(0,1)"), ("x+1", "x-1"), ("1/3", "0.33"), (r"\sqrt{2}", "1.414"),
        ("(1,2)", "[1,2]"), ("2^{100}", "2^{100}+1"), ("1,2", "1,2,3"), ("Monday", "Tuesday"), ("-5", "5"), ("", ""),
        ("x=3", "y=3"), ("y=2x+3", "y=2x+4"), ("5x", "5"), (r"\infty", r"-\infty"), (r"\frac{1}{0}", r"\frac{2}{0}"),
        ("5 or 7", "5"), ("x>3", "x<3"), ("9" * 5000, "9" * 4999), ("9^{9^{9^{9}}}", "1"),
    ],
)  # fmt: skip
def test_what_is_not_the_same(one: str, other: str):
    assert not same(one, other)
    assert not same(other, one)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (r"We get $\boxed{\frac{\sqrt{3}}{2}}$.", r"\frac{\sqrt{3}}{2}"),
        (r"so \boxed{\text{(A)}}", r"\text{(A)}"),
        (r"First \boxed{1}, but finally \boxed{2}", "2"),
        (r"Final Answer: The final answer is $\frac{1}{4}$. I hope it is correct.", "0.25"),
        (r"\fbox 5", "5"),
        (r"\boxed 5", "5"),
        (r"Hence $x^2 = 9$ and $x = 3$.", "3"),
        ("The answer is 3x + 2.", "2+3x"),
    ],
)
def test_what_a_solution_ends_on(text: str, reference: str):
    read = MATH.read(text)
    assert read is not None
    assert MATH.same(read, reference)


HOSTILE = [
    "9" * 50_000,
    "(" * 50_000,
    "$" * 50_000,
    "\n" * 50_000,
    "\\boxed{" * 5_000,
    "the answer is " * 3_000,
    "x^" * 9_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_no_text_takes_long_or_raises(text: str):
    start = time.process_time()
    for form in ("number", "math", "choice", "word", "date", "text"):
        Answers(form=form, options={"A": "x", "B": "y"}, labels=("yes", "no")).read(text)
    same(text, "5")
    same(text[:1900], "5+x")
    assert time.process_time() - start < 10


def test_nothing_in_an_answer_is_executed():
    assert not same("__import__('os').system('false')", "1")
    assert not same("exit()", "1")
