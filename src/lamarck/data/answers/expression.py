r"""Arithmetic and algebra, plain or in LaTeX, read into values by a parser of our own; nothing is ever executed.

Two expressions are the same where they agree at several points drawn for their variables (Schwartz 1980, Zippel 1979):
cheap, bounded, and without a computer algebra system, which would run `eval` on a model's text and may not come back.
"""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

Value = Fraction | complex
Term = Callable[[Mapping[str, Value]], Value]
LONGEST = 500
"""Characters of an expression."""
BITS = 4000
"""Size of an exact number; beyond it there is no value."""
POINTS: tuple[int, ...] = (7, 11, 19, 31)
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|(\\?[a-zA-Z]+)|(\*\*|.))", re.DOTALL)
FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "sqrt": cmath.sqrt, "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "exp": cmath.exp,
    "ln": cmath.log, "log": cmath.log, "arcsin": cmath.asin, "arccos": cmath.acos, "arctan": cmath.atan,
    "cot": lambda z: 1 / cmath.tan(z), "sec": lambda z: 1 / cmath.cos(z), "csc": lambda z: 1 / cmath.sin(z),
    "abs": abs,
}  # fmt: skip
CLOSING = {"(": ")", "[": "]", "{": "}"}
TIMES = {"*", "\\cdot", "\\times"}
OVER = {"/", "\\div"}


class Unread(ValueError):
    """A text that is no expression this parser knows, or one without a value."""


def parsed(text: str) -> tuple[Term, frozenset[str]]:
    """The expression of a text, and its variables. Raises: Unread."""
    if len(text) > LONGEST:
        raise Unread("too long")
    reader = _Reader(text)
    term = reader.sum()
    if reader.token:
        raise Unread(f"'{reader.token}' is left over")
    return term, frozenset(reader.variables)


def value(text: str) -> Value | None:
    """What an expression without variables comes to, None where it has some or cannot be read."""
    try:
        term, variables = parsed(text)
        return None if variables else term({})
    except (Unread, ArithmeticError, ValueError, RecursionError):
        return None


def agree(one: str, other: str) -> bool:
    """Whether two expressions have one value, wherever their variables stand. False where one cannot be read."""
    try:
        (left, mine), (right, theirs) = parsed(one), parsed(other)
    except (Unread, RecursionError):
        return False
    if mine != theirs:
        return False
    return _meet(lambda at: (left(at), right(at)), mine, lambda a, b: close(a, b))


def proportional(one: str, other: str) -> bool:
    """Whether one expression is the other times a number that is not 0: two forms of one equation `... = 0`."""
    try:
        (left, mine), (right, theirs) = parsed(one), parsed(other)
    except (Unread, RecursionError):
        return False
    if not mine or mine != theirs:
        return False
    ratios = list[complex]()

    def same(a: Value, b: Value) -> bool:
        a, b = complex(a), complex(b)
        if abs(b) < 1e-12 or abs(a) < 1e-12:
            return abs(a) < 1e-12 and abs(b) < 1e-12
        ratios.append(a / b)
        return close(ratios[0], ratios[-1])

    return _meet(lambda at: (left(at), right(at)), mine, same) and bool(ratios)


def close(one: Value, other: Value) -> bool:
    """Equal: exactly where both are exact, else to nine digits."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one == other
    a, b = complex(one), complex(other)
    return cmath.isfinite(a) and cmath.isfinite(b) and abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def _meet(
    values: Callable[[Mapping[str, Value]], tuple[Value, Value]],
    variables: frozenset[str],
    same: Callable[[Value, Value], bool],
) -> bool:
    """Whether both values are the same at every point where both exist, and at two points at least if any vary."""
    met = 0
    for number, prime in enumerate(POINTS[: len(POINTS) if variables else 1]):
        at = {name: Fraction(prime * (i + 2) + number, prime + 3 * i + 2) for i, name in enumerate(sorted(variables))}
        try:
            one, other = values(at)
        except (ArithmeticError, ValueError, RecursionError):
            continue
        if not same(one, other):
            return False
        met += 1
    return met >= (2 if variables else 1)


class _Reader:
    """A descent through the text: sum, product, power, atom."""

    def __init__(self, text: str) -> None:
        self.tokens = [next(filter(None, match.groups())) for match in TOKEN.finditer(text) if match[0].strip()]
        self.at = 0
        self.variables = set[str]()

    @property
    def token(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, token: str) -> None:
        if self.token != token:
            raise Unread(f"'{token}' is missing")
        self.at += 1

    def sum(self) -> Term:
        left = self.product()
        while self.token in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            left = _plus(left, self.product(), sign)
        return left

    def product(self, *, juxtaposed: bool = False) -> Term:
        """Factors, with or without a sign between them; ``juxtaposed`` reads only those without."""
        left = self.signed()
        while True:
            if not juxtaposed and self.token in TIMES:
                self.take()
                left = _times(left, self.signed())
            elif not juxtaposed and self.token in OVER:
                self.take()
                left = _over(left, self.signed())
            elif self.starts():
                left = _times(left, self.power())
            else:
                return left

    def starts(self) -> bool:
        """Whether a factor may begin here: "2x", "3(4)", "xy", but never two numbers in a row."""
        token = self.token
        if not token or token in TIMES | OVER:
            return False
        if token[0].isdigit() or token[0] == ".":
            return not (self.at and self.tokens[self.at - 1][-1].isdigit())
        return (
            token in "([{"
            or token.isalpha()
            or token in ("\\frac", "\\sqrt", "\\pi", "\\binom")
            or (token[0] == "\\" and token[1:] in FUNCTIONS)
        )

    def signed(self) -> Term:
        if self.token == "-":
            self.take()
            inner = self.signed()
            return lambda at: -inner(at)
        if self.token == "+":
            self.take()
        return self.power()

    def power(self) -> Term:
        base = self.atom()
        while self.token == "!":
            self.take()
            base = _factorial(base)
        if self.token not in ("^", "**"):
            return base
        self.take()
        return _power(base, self.exponent())

    def exponent(self) -> Term:
        return self.group() if self.token == "{" else self.signed()

    def atom(self) -> Term:
        token = self.take() if self.token else ""
        if not token:
            raise Unread("it ends too early")
        if token[0].isdigit() or token[0] == ".":
            number = Fraction(token)
            return lambda at: number
        if token in CLOSING:
            self.at -= 1
            return self.group()
        if token == "|":
            inner = self.sum()
            self.expect("|")
            return lambda at: Fraction(abs(v)) if isinstance(v := inner(at), Fraction) else abs(v)
        if token[0] == "\\" or token.isalpha():
            return self.named(token)
        raise Unread(f"'{token}' is no part of an expression")

    def group(self) -> Term:
        closing = CLOSING.get(self.take(), "")
        inner = self.sum()
        self.expect(closing)
        return inner

    def named(self, token: str) -> Term:
        name = token.removeprefix("\\")
        if name in ("pi",):
            return lambda at: complex(math.pi)
        if name == "frac":
            top, bottom = self.argument(), self.argument()
            return _over(top, bottom)
        if name == "binom":
            n, k = self.argument(), self.argument()
            return lambda at: Fraction(math.comb(_small(n(at)), _small(k(at))))
        if name in FUNCTIONS:
            return self.function(name)
        if token[0] == "\\" or len(name) > 3 or (len(name) == 3 and name.lower() == name and name in _WORDS):
            raise Unread(f"'{token}' is not known")
        self.tokens[self.at - 1 : self.at] = list(name)  # "xy" is x times y
        self.at -= 1
        letter = self.take()
        self.variables.add(letter)
        return lambda at: at[letter]

    def argument(self) -> Term:
        """What a \\frac or \\sqrt takes: a group, or one digit or letter, as in \\frac12."""
        if self.token in ("{", "("):
            return self.group()
        token = self.token
        if len(token) > 1 and token.isdigit():
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self.atom()

    def function(self, name: str) -> Term:
        call, power = FUNCTIONS[name], None
        root = self.bracketed() if name == "sqrt" and self.token == "[" else None
        base: Term | None = None
        if name == "log" and self.token == "_":
            self.take()
            base = self.argument()
        if self.token == "^" and name != "sqrt":
            self.take()
            power = self.argument()
        inner = self.argument() if name == "sqrt" or self.token in CLOSING else self.product(juxtaposed=True)
        if name == "sqrt":
            return _power(inner, _over(lambda at: Fraction(1), root or (lambda at: Fraction(2))))
        term = _called(call, inner) if base is None else _over(_called(call, inner), _called(call, base))
        return _power(term, power) if power else term

    def bracketed(self) -> Term:
        self.take()
        inner = self.sum()
        self.expect("]")
        return inner


_WORDS = {"and", "the", "not", "any", "all", "yes", "odd", "one", "two", "six", "ten", "red", "day", "men", "mph"}


def _plus(left: Term, right: Term, sign: int) -> Term:
    return lambda at: _both(left(at), right(at), lambda a, b: a + sign * b)


def _times(left: Term, right: Term) -> Term:
    return lambda at: _both(left(at), right(at), lambda a, b: a * b)


def _over(left: Term, right: Term) -> Term:
    return lambda at: _both(left(at), right(at), lambda a, b: a / b)


def _called(call: Callable[[complex], complex], inner: Term) -> Term:
    return lambda at: call(complex(inner(at)))


def _power(base: Term, exponent: Term) -> Term:
    def term(at: Mapping[str, Value]) -> Value:
        a, b = base(at), exponent(at)
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            if b.denominator == 1 and _bits(a) * abs(b) <= BITS:
                return a ** int(b)
            if a >= 0 and b.denominator <= 5 and (root := _root(a, b.denominator)) is not None and abs(b) < 64:
                return root**b.numerator
        return complex(a) ** complex(b)

    return term


def _factorial(inner: Term) -> Term:
    return lambda at: Fraction(math.factorial(_small(inner(at))))


def _small(number: Value) -> int:
    if not isinstance(number, Fraction) or number.denominator != 1 or not 0 <= number <= 300:
        raise Unread("no small natural number")
    return int(number)


def _root(number: Fraction, degree: int) -> Fraction | None:
    """The exact root where there is one."""
    parts = [round(part ** (1 / degree)) if _bits(number) < 900 else 0 for part in number.as_integer_ratio()]
    exact = [part**degree == whole for part, whole in zip(parts, number.as_integer_ratio(), strict=True)]
    return Fraction(parts[0], parts[1]) if all(exact) and parts[1] else None


def _both(one: Value, other: Value, compute: Callable[[Value, Value], Value]) -> Value:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        found = compute(one, other)
        if _bits(found) > BITS:
            raise Unread("too large")
        return found
    return compute(complex(one), complex(other))


def _bits(number: Value) -> int:
    return sum(part.bit_length() for part in Fraction(number).as_integer_ratio()) if isinstance(number, Fraction) else 0
