"""The list machine: programs of one-letter operations on a list of digits, written as `27253`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from types import MappingProxyType

DIGITS = "0123456789"
ADD = "k"
"""The operation that adds a constant, which must be told."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A total function on lists of digits, of any length."""

    apply: Callable[[str], str]
    words: str
    """What it does, for people and language models."""


def _each(table: Callable[[int], int]) -> Callable[[str], str]:
    told = str.maketrans(DIGITS, "".join(str(table(digit) % 10) for digit in range(10)))
    return lambda digits: digits.translate(told)


def _sums(digits: str) -> str:
    return "".join(str(total % 10) for total in accumulate(map(int, digits)))


def _differences(digits: str) -> str:
    return digits[:1] + "".join(str((int(b) - int(a)) % 10) for a, b in pairwise(digits))


def _swapped(digits: str) -> str:
    return digits if len(digits) < 2 else digits[-1] + digits[1:-1] + digits[0]


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "r": Operation(apply=lambda digits: digits[::-1], words="reverse the list"),
        "s": Operation(apply=lambda digits: "".join(sorted(digits)), words="sort the digits, smallest first"),
        "i": Operation(apply=_each(lambda digit: digit + 1), words="add 1 to every digit; 9 becomes 0"),
        "n": Operation(apply=_each(lambda digit: 9 - digit), words="replace every digit x by 9 - x"),
        "d": Operation(apply=_each(lambda digit: 2 * digit), words="double every digit and keep the last figure"),
        "c": Operation(apply=_sums, words="replace every digit by the last figure of the sum of all digits up to it"),
        "t": Operation(apply=lambda digits: digits[1:] + digits[:1], words="move the first digit to the end"),
        "x": Operation(apply=_swapped, words="swap the first and the last digit"),
        "f": Operation(
            apply=_differences,
            words="keep the first digit; replace every other by itself minus the digit before it, plus 10 if below 0",
        ),
        "m": Operation(
            apply=lambda digits: "".join(accumulate(digits, max)),
            words="replace every digit by the largest of the digits up to it",
        ),
        "u": Operation(
            apply=lambda digits: digits[::2] + digits[1::2],
            words="put the digits at the 1st, 3rd, 5th ... place first, then the others, both in their order",
        ),
    }
)
"""By letter. The last three are never used unless an objective asks for them."""
USUAL = "rsindctx"
"""The operations of a task where nothing is said."""


def knows(letter: str, constant: int | None = None) -> bool:
    """Whether this is an operation; `k` is one only where its constant is known."""
    return letter in OPERATIONS or (letter == ADD and constant is not None)


def applied(letter: str, digits: str, constant: int | None = None) -> str:
    """The list after one operation. Raises: KeyError for a letter that is none."""
    if letter == ADD and constant is not None:
        return "".join(str((int(digit) + constant) % 10) for digit in digits)
    return OPERATIONS[letter].apply(digits)


def states(program: str, digits: str, constant: int | None = None) -> list[str]:
    """The list after each operation of the program, first to last."""
    return list(accumulate(program, lambda now, letter: applied(letter, now, constant), initial=digits))[1:]


def run(program: str, digits: str, constant: int | None = None) -> str:
    """The list after the whole program."""
    for letter in program:
        digits = applied(letter, digits, constant)
    return digits


def shorter(digits: str, depth: int, letters: str, constant: int | None = None) -> set[str]:
    """Every list that a program of these letters with fewer than `depth` operations gives, the list itself too."""
    found = edge = {digits}
    for _ in range(depth - 1):
        edge = {applied(letter, one, constant) for one in edge for letter in letters} - found
        found = found | edge
    return found
