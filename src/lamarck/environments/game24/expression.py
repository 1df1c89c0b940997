"""Answers written as one expression: `(13-9)*(10-4)`, or `(13-9)*(10-4) = 4*6 = 24`."""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from lamarck.environments.game24.ruling import Ruling, ended, listed, quoted, wrong

LONGEST = 300
"""Characters of a line that is read as an expression."""

_LINE = re.compile(r"[-+*/()0-9 ]*[0-9)] ?[-+*/] ?[(0-9][-+*/()0-9 ]*(?:=[-+*/()0-9 ]*)*\.?")
_NUMBER = re.compile(r"[0-9]+")
_LONG_NUMBER = re.compile(r"[0-9]{7}")

_OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class NotArithmetic(ValueError):
    """The text is no expression of numbers, + - * / and parentheses."""


def is_readable(line: str) -> bool:
    """Say whether a line looks like an expression with at least one operation."""
    return len(line) <= LONGEST and _LINE.fullmatch(line) is not None


def judge(numbers: Sequence[int], target: int, line: str) -> Ruling:
    """In: a readable line. What stands after `=` must be true, but only the first part is the answer."""
    if _LONG_NUMBER.search(line):
        return wrong("it holds a number of more than six digits")
    first, *claims = line.rstrip(".").split("=")
    used = [int(n) for n in _NUMBER.findall(first)]
    if sorted(used) != sorted(numbers):
        return wrong(f"it uses {listed(used)}, but the numbers are {listed(numbers)}")
    try:
        value = evaluate(first)
        for claim in claims:
            if evaluate(claim) != value:
                return wrong(f"{first.strip()}={claim.strip()} is false, it is {value}")
    except NotArithmetic as error:
        return wrong(str(error))
    return ended(value, target)


def evaluate(text: str) -> Fraction:
    """The exact value. Raises: NotArithmetic for anything but numbers, + - * / and parentheses."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError:
        raise NotArithmetic(f"{quoted(text.strip())} divides by zero") from None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise NotArithmetic(f"{quoted(text.strip())} is not an expression of numbers, + - * / and ()") from None


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() as number):
            return Fraction(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left), _value(right))
        case _:
            raise ValueError(type(node).__name__)
