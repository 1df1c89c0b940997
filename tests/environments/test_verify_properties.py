"""The verifier against a second opinion on random answers, right, wrong and slightly broken."""

import re
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from lamarck.environments.game24.corpus import problem
from lamarck.environments.game24.verify import verify

DIGITS = re.compile(r"\d+")
MANY = settings(max_examples=500, deadline=None)
SEEDS = st.integers(0, 2**32)


def expression(numbers: list[int], rng: Random) -> str:
    parts = [str(n) for n in numbers]
    rng.shuffle(parts)
    while len(parts) > 1:
        i = rng.randrange(len(parts) - 1)
        joined = f"{parts.pop(i)}{rng.choice('+-*/')}{parts.pop(i)}"
        parts.insert(i, f"({joined})" if rng.random() < 0.7 else joined)
    return parts[0]


def opinion(text: str) -> Fraction | None:
    """Python's own arithmetic on exact fractions."""
    try:
        return eval(DIGITS.sub(r"Fraction(\g<0>)", text), {"Fraction": Fraction})
    except ZeroDivisionError:
        return None


@MANY
@given(st.lists(st.integers(0, 20), min_size=2, max_size=5), SEEDS, st.booleans())
def test_expressions(numbers: list[int], seed: int, other: bool):
    rng = Random(seed)
    text = expression(numbers, rng)
    value = opinion(text)
    target = int(value) if value is not None and value.denominator == 1 else 24
    shown = [*numbers[1:], numbers[0] + other]
    ruling = verify(shown, target, text)
    assert ruling.right == (not other and value == target)
    assert ruling.reached == (None if other else value)
    assert not verify(shown, target + 1, text).right


@MANY
@given(SEEDS)
def test_traces_of_the_corpus_are_right_and_canonical(seed: int):
    prompt, trace = problem(Random(seed))
    numbers, target = read(prompt)
    ruling = verify(numbers, target, trace)
    assert (ruling.right, ruling.canonical, ruling.reached) == (True, True, target)
    assert not verify(numbers, target + 1, trace).right


@MANY
@given(SEEDS)
def test_with_a_changed_character_it_is_right_only_if_every_step_is_true(seed: int):
    rng = Random(seed)
    prompt, trace = problem(rng)
    numbers, target = read(prompt)
    place = rng.randrange(len(trace))
    broken = trace[:place] + rng.choice("0123456789+-*/=,;> ") + trace[place + 1 :]
    ruling = verify(numbers, target, broken)
    if ruling.right or broken == trace:
        assert play(numbers, broken) == target
    if broken == trace:
        assert ruling.canonical


def play(numbers: list[int], trace: str) -> int | None:
    """The number a trace ends on, None where a step is not plainly `a op b = c`, true and possible."""
    left = list(numbers)
    for piece in trace.split(";"):
        said = re.match(r" ?(\d+) ?([-+*/]) ?(\d+) ?= ?(\d+) ?(?:,|$|[^-+*/=0-9 .])", piece)
        if not said or int(said[1]) not in left:
            return None
        a, op, b, c = int(said[1]), said[2], int(said[3]), int(said[4])
        left.remove(a)
        if b not in left or opinion(f"{a}{op}{b}") != c:
            return None
        left.remove(b)
        left.append(c)
    return left[0] if len(left) == 1 else None


def read(prompt: str) -> tuple[list[int], int]:
    numbers, target = prompt.rstrip("|").split(">")
    return [int(n) for n in numbers.split()], int(target)
