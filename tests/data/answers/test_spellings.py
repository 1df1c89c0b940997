"""Answers in the many spellings that models use, each with the label it is or is not the same as."""

import pytest

from lamarck.data.answers import Answers, Form

ANIMALS = {"A": "cat", "B": "a dog", "C": "none of these", "D": "fish market"}
AMOUNTS = {"A": "1/2", "B": "12", "C": "3", "D": "15%", "E": "$20"}

NUMBERS = [
    ("The answer is 1,234.", "1234", True),
    ("The answer is $1,234.50.", "1234.5", True),
    ("#### 72", "72", True),
    ("First the answer is 5. Wait, no: the answer is 6.", "6", True),
    ("\\boxed{42}", "42", True),
    ("**Answer: 18**", "18", True),
    ("The final answer is $\\boxed{-3}$. I hope it is correct.", "-3", True),
    ("So he pays −5 dollars. The answer is −5.", "-5", True),
    ("The answer is 3 1/2.", "3.5", True),
    ("The answer is 1.5e3.", "1500", True),
    ("The answer is 50%.", "50", True),
    ("She earns $18 per day, so 7 * 18 = $126 a week.", "126", True),
    ("Answer: twelve", "12", True),
    ("There are 5 + 6 = 11 apples in 3 baskets.", "11", False),
    ("The answer is 5/8.", "0.625", True),
    ("Therefore, the total is 1.234.567", "1234567", False),
    ("the answer is 20 dollars and 50 cents", "20.5", False),
    ("The answer is \\(12\\).", "12", True),
    ("The answer is \\[ 12 \\]", "12", True),
    ("\\boxed{1{,}000}", "1000", True),
    ("\\boxed{1\\,000}", "1000", True),
    ("\\boxed{\\$32}", "32", True),
    ("\\boxed{32\\text{ dollars}}", "32", True),
    ("\\boxed{x = 7}", "7", True),
    ("The answer is approximately 3.14", "3.14", True),
    ("<think>the answer is 5</think>The answer is 7.", "7", True),
    ("The answer is 7.\n\nQ: What is 3+3?\nA: The answer is 6.", "7", True),
    ("The answer is 2 hours and 30 minutes, i.e. 150 minutes. #### 150", "150", True),
    ("Answer:\n\n42", "42", True),
    ("**Final Answer:** 42 apples", "42", True),
    ("### Final Answer\n42", "42", True),
    ("Thus Tom has $5 \\times 3 = 15$ marbles left.", "15", True),
    ("The answer is one hundred and five.", "105", True),
    ("Total = 48/2 = <<48/2=24>>24 clips", "24", True),
    ("Answer: 0.5", "1/2", True),
    ("The answer is 7.0", "7", True),
    ("I'm not sure.", "7", False),
    ("The answer is ½.", "0.5", True),
    ("The answer is 10^6.", "1000000", True),
    ("The answer is 2 \\times 10^3", "2000", True),
    ("The answer is 1\u202f000\u202f000.", "1000000", True),
]

MATHS = [
    ("\\boxed{\\frac{3}{4}}", "\\dfrac34", True),
    ("\\boxed{\\tfrac{1}{2}}", "0.5", True),
    ("\\boxed{\\left(\\frac12, 3\\right)}", "(\\frac{1}{2},3)", True),
    ("\\boxed{[0,1)}", "[0, 1)", True),
    ("\\boxed{[0,1)}", "(0,1)", False),
    ("\\boxed{(-\\infty, 2] \\cup [3, \\infty)}", "(-\\infty,2]\\cup[3,\\infty)", True),
    ("\\boxed{90^\\circ}", "90", True),
    ("\\boxed{12\\%}", "12", True),
    ("\\boxed{\\$12.50}", "12.50", True),
    ("\\boxed{10\\text{ cm}^2}", "10", True),
    ("\\boxed{\\text{(B)}}", "\\text{(B)}", True),
    ("\\boxed{\\text{B}}", "\\text{(B)}", True),
    ("\\boxed{\\text{Monday}}", "\\text{monday}", True),
    ("\\boxed{x^2+2x+1}", "(x+1)^2", True),
    ("\\boxed{x^2+2x+1}", "(x+2)^2", False),
    ("\\boxed{\\sqrt{12}}", "2\\sqrt{3}", True),
    ("\\boxed{2\\sqrt3}", "2\\sqrt{3}", True),
    ("\\boxed{\\{1,2,3\\}}", "\\{3,2,1\\}", True),
    ("\\boxed{1, 2, 3}", "3,2,1", True),
    ("\\boxed{\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", True),
    ("\\boxed{3\\frac{1}{2}}", "\\frac{7}{2}", True),
    ("\\boxed{1{,}234}", "1234", True),
    ("\\boxed{10,000}", "10000", True),
    ("\\boxed{5!}", "120", True),
    ("\\boxed{\\frac{\\pi}{4}}", "\\pi/4", True),
    ("\\boxed{\\pm 2}", "2,-2", True),
    ("\\boxed{y = 2x + 3}", "y=2x+3", True),
    ("\\boxed{2x+3}", "y=2x+3", True),
    ("\\boxed{\\text{The answer is }5}", "5", True),
    ("The answer is $\\frac{1}{3}$.", "\\frac13", True),
    ("Thus \\(x=5\\).", "5", True),
    ("\\boxed{0.\\overline{3}}", "\\frac13", True),
    ("\\boxed{11_2}", "11_2", True),
    ("\\boxed{1011_2}", "1011", False),
    ("\\boxed{e^{2\\pi i/3}}", "e^{\\frac{2\\pi i}{3}}", True),
    ("\\boxed{\\binom{5}{2}}", "10", True),
    ("\\boxed{-\\frac{1}{2}}", "\\frac{-1}{2}", True),
    ("\\boxed{\\frac{1}{\\sqrt{2}}}", "\\frac{\\sqrt{2}}{2}", True),
    ("\\boxed{2+3i}", "3i+2", True),
    ("\\boxed{\\frac{x}{2}}", "\\frac{1}{2}x", True),
    ("\\boxed{3.0}", "3", True),
    ("\\boxed{x \\in [1,2]}", "[1,2]", True),
    ("\\boxed{8\\text{ or }9}", "8,9", True),
    ("\\boxed{10\\mbox{ inches}}", "10\\text{ inches}", True),
    ("\\boxed{\\text{Yes}}", "Yes", True),
    ("\\boxed{\\emptyset}", "\\varnothing", True),
    ("\\boxed{\\log_2 8}", "3", True),
    ("\\boxed{\\frac{3}{4}\\pi}", "\\frac{3\\pi}{4}", True),
    ("\\fbox{7}", "7", True),
    ("$$\\boxed{\n\\frac{1}{2}\n}$$", "1/2", True),
    ("\\boxed{\\boxed{5}}", "5", True),
    ("\\boxed{12\\,\\text{m/s}}", "12", True),
    ("\\boxed{4:3}", "4:3", True),
    ("\\boxed{6\\sqrt{2}\\text{ units}}", "6\\sqrt2", True),
    ("\\boxed{1,000,000}", "1000000", True),
    ("\\boxed{x>3}", "x > 3", True),
    ("\\boxed{\\infty}", "\\infty", True),
    ("\\boxed{7\\pi \\text{ square units}}", "7\\pi", True),
    ("\\boxed{\\text{A, C, E}}", "A,C,E", True),
    ("\\boxed{p - q}", "q - p", False),
    ("\\boxed{0.33}", "\\frac13", False),
    ("\\boxed{\\frac{2}{4}}", "\\frac12", True),
    ("**Answer:** $2^{10}$", "1024", True),
    ("\\boxed{\\overline{AB}}", "\\overline{AB}", True),
    ("\\boxed{ABCD}", "ABCD", True),
    ("\\boxed{10\\%}", "0.1", False),
]

CHOICES = [
    ("The answer is (B).", "B", ANIMALS),
    ("The answer is B because A is too small.", "B", ANIMALS),
    ("**B**", "B", ANIMALS),
    ("B", "B", ANIMALS),
    ("b", "B", ANIMALS),
    ("(b)", "B", ANIMALS),
    ("Answer: (B) a dog", "B", ANIMALS),
    ("\\boxed{B}", "B", ANIMALS),
    ("\\boxed{\\text{(B)}}", "B", ANIMALS),
    ("The correct option is B.", "B", ANIMALS),
    ("Option B is correct.", "B", ANIMALS),
    ("The best choice is **B) a dog**", "B", ANIMALS),
    ("A is wrong, since cats meow. C is wrong. So B.", "B", ANIMALS),
    ("The answer is a dog.", "B", ANIMALS),
    ("Therefore, the answer is C: none of these.", "C", ANIMALS),
    ("I would choose B.", "B", ANIMALS),
    ("Let's think. A cat meows, so the animal that barks is a dog. So the answer is b).", "B", ANIMALS),
    ("It is not A. The answer is D", "D", ANIMALS),
    ("The answer is either A or B.", "A", ANIMALS),
    ("#### B", "B", ANIMALS),
    ("<answer>B</answer>", "B", ANIMALS),
    ("Final Answer: B.\n\nExplanation: A is wrong.", "B", ANIMALS),
    ("**Answer:** B", "B", ANIMALS),
    ("The correct answer is:\n\nB) a dog", "B", ANIMALS),
    ("Answer choice (D) is right.", "D", ANIMALS),
    ("So the answer is fish market (D).", "D", ANIMALS),
    ("None of the above seem right", None, ANIMALS),
    ("The answer is 12.", "B", AMOUNTS),
    ("The answer is $20.", "E", AMOUNTS),
    ("The answer is E) $20", "E", AMOUNTS),
    ("= 15%. So (D)", "D", AMOUNTS),
    ("The answer is 3", "C", AMOUNTS),
    ("My answer: `B`", "B", ANIMALS),
    ("The answer is $\\mathbf{B}$", "B", ANIMALS),
    ("The answer is $\\textbf{(B)}$", "B", ANIMALS),
    ("answer is B, not A", "B", ANIMALS),
    ("The answer is not A but B.", "B", ANIMALS),
    ("Choice B", "B", ANIMALS),
    ("Correct answer: B", "B", ANIMALS),
    ("B. a dog", "B", ANIMALS),
    ("B) a dog is right because A) cat does not bark", "B", ANIMALS),
    ('{"answer": "B"}', "B", ANIMALS),
    ('Answer: "B"', "B", ANIMALS),
    ("【B】", "B", ANIMALS),
    ("The answer is:B", "B", ANIMALS),
    ("ANSWER: B", "B", ANIMALS),
    ("Thus, B is the correct answer.", "B", ANIMALS),
    ("The answer is option (B).", "B", ANIMALS),
    ("I pick (B)", "B", ANIMALS),
]


def judged(form: Form, text: str, label: str) -> bool:
    answers = Answers(form=form)
    read = answers.read(text)
    return read is not None and answers.same(read, label)


@pytest.mark.parametrize(("text", "label", "same"), NUMBERS)
def test_numbers(text: str, label: str, same: bool):
    assert judged("number", text, label) is same


@pytest.mark.parametrize(("text", "label", "same"), MATHS)
def test_mathematics(text: str, label: str, same: bool):
    assert judged("math", text, label) is same


@pytest.mark.parametrize(("text", "letter", "options"), CHOICES)
def test_choices(text: str, letter: str | None, options: dict[str, str]):
    assert Answers(form="choice", options=options).read(text) == letter


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The answer is **apple banana**.", "apple banana"),
        ('The last letters spell "nk". The answer is nk', "nk"),
        ("Answer: `ny`.", "ny"),
    ],
)
def test_texts(text: str, label: str):
    assert judged("text", text, label)
