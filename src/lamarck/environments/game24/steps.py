"""Answers written as steps: `13-8=5,4 5 6>24;6-5=1,...` or `13 - 8 = 5 (left: 4 5 6)` a line."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lamarck.environments.game24 import corpus
from lamarck.environments.game24.ruling import Ruling, ended, listed, quoted, wrong

_SIZED = r"-?[0-9]{1,9}"
_PART = r"(?:\.[0-9]{1,9}|/[1-9][0-9]{0,8})"
# `8/3/2`: an operand is read as short as it can be, so that the first `/` is the operation.
_OPERAND = rf"\(?({_SIZED}{_PART}??)\)?"
_REMARK = r"(?: ?(?:->|[^-+*/=0-9 .]).*|\.)?"
_STEP = re.compile(rf" ?{_OPERAND} ?([-+*/]) ?{_OPERAND} ?= ?({_SIZED}{_PART}?){_REMARK} ?")

_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """A claim `a op b = c`."""

    a: Fraction
    op: str
    b: Fraction
    c: Fraction

    def __str__(self) -> str:
        return f"{self.a}{self.op}{self.b}={self.c}"


def is_trace(line: str) -> bool:
    """Say whether a line starts with a step."""
    return read(line.partition(";")[0]) is not None


def read(text: str) -> Step | None:
    """The step a text states, None where it states none."""
    found = _STEP.fullmatch(text)
    if not found:
        return None
    return Step(a=Fraction(found[1]), op=found[2], b=Fraction(found[3]), c=Fraction(found[4]))


def judge(numbers: Sequence[int], target: int, pieces: Sequence[str], text: str) -> Ruling:
    """In: the steps as written, in order, and the whole text, which alone can be canonical."""
    left, taken = [Fraction(n) for n in numbers], list[Step]()
    for i, piece in enumerate(pieces, 1):
        step = read(piece)
        if step is None:
            return wrong(f"step {i} cannot be read: {quoted(piece)}")
        if fault := _fault(step, left):
            return wrong(f"step {i}: {fault}")
        left.remove(step.a)
        left.remove(step.b)
        left.append(step.c)
        taken.append(step)
    if len(left) > 1:
        return wrong(f"the steps stop with {listed(left)} left", legal=True)
    ruling = ended(left[0], target)
    return replace(ruling, canonical=ruling.right and _written(numbers, target, taken) == text)


def _fault(step: Step, left: Sequence[Fraction]) -> str:
    """Why this step may not be taken, "" where it may."""
    if len(left) < 2:
        return f"only {listed(left)} is left, nothing to combine"
    for number, times in ((step.a, 1), (step.b, 1 + (step.a == step.b))):
        if left.count(number) < times:
            return f"{number} is not there; left are {listed(left)}"
    if step.op == "/" and step.b == 0:
        return f"{step.a}/0 divides by zero"
    value = _OPERATIONS[step.op](step.a, step.b)
    return "" if value == step.c else f"{step} is false, it is {value}"


def _written(numbers: Sequence[int], target: int, taken: Sequence[Step]) -> str | None:
    """The steps in the small model's language, None where it has no words for one of them."""
    said: list[corpus.Operation] = []
    for step in taken:
        if any(n.denominator > 1 or n < 0 for n in (step.a, step.b)):
            return None
        said += [o for o in corpus.options(int(step.a), int(step.b)) if str(o) == str(step)]
    if len(said) < len(taken):
        return None
    return corpus.trace_text(numbers, target, said)
