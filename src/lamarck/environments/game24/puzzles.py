"""Game of 24: every puzzle there is, and which of them a learner may see when.

A puzzle is a multiset of four numbers from 1 to 13, written as a sorted tuple; the target is 24.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import combinations, combinations_with_replacement
from types import MappingProxyType

from lamarck.core import Split

Puzzle = tuple[int, ...]
"""Numbers in ascending order."""

TARGET = 24
HIGHEST = 13
SEALED_BESIDES_PAPER = 250
SELECTION = 150
SEED = "lamarck/game24/1"


def is_real(numbers: Sequence[int], target: int) -> bool:
    """Say whether this is a problem of the real game: four numbers up to 13 with target 24.

    Such problems, solvable or not, stay out of pretraining, drills, replay and generated tasks.
    """
    return target == TARGET and len(numbers) == 4 and max(numbers) <= HIGHEST


@cache
def puzzles() -> tuple[Puzzle, ...]:
    """All solvable puzzles, sorted. Out: 1,362, found by exhaustive search with exact fractions."""
    every = combinations_with_replacement(range(1, HIGHEST + 1), 4)
    return tuple(numbers for numbers in every if reaches(numbers, TARGET))


@cache
def published() -> tuple[Puzzle, ...]:
    """The 100 puzzles of the Tree of Thoughts paper, in its order.

    Source: Yao et al. 2023 (arXiv:2305.10601), section 4.1; file and licence stand in `tot100.txt`.
    """
    lines = files("lamarck.environments.game24").joinpath("tot100.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(map(int, line.split())) for line in lines if not line.startswith("#"))


@cache
def splits() -> MappingProxyType[Split, tuple[Puzzle, ...]]:
    """The puzzles of each split, no puzzle in two.

    Out: sealed 350 (the published 100 first), selection 150, practice 862.
    """
    first = published()
    # Ordered by digest, not by `random`: the same draw in every version of Python.
    others = sorted(set(puzzles()).difference(first), key=_digest)
    sealed, rest = others[:SEALED_BESIDES_PAPER], others[SEALED_BESIDES_PAPER:]
    return MappingProxyType(
        {
            "practice": tuple(rest[SELECTION:]),
            "selection": tuple(rest[:SELECTION]),
            "sealed": first + tuple(sealed),
        }
    )


@cache
def dealt() -> MappingProxyType[Puzzle, Split]:
    """Every puzzle with its split."""
    return MappingProxyType({puzzle: split for split, each in splits().items() for puzzle in each})


def reaches(numbers: Puzzle, target: int) -> bool:
    """Say whether + - * / on all the numbers, each used once, can make the target.

    In: sorted numbers. The last operation joins two groups; one value of the smaller group fixes
    what the other must give, so the values of all four numbers are never listed.
    """
    if len(numbers) == 1:
        return numbers[0] == target
    goal = Fraction(target)
    return any(
        not _partners(a, goal).isdisjoint(_values(right)) for left, right in _halves(numbers) for a in _values(left)
    )


@cache
def _values(numbers: Puzzle) -> frozenset[Fraction]:
    if len(numbers) == 1:
        return frozenset({Fraction(numbers[0])})
    return frozenset(
        value
        for left, right in _halves(numbers)
        for a in _values(left)
        for b in _values(right)
        for value in _joined(a, b)
    )


def _halves(numbers: Puzzle) -> Iterator[tuple[Puzzle, Puzzle]]:
    """Every way to part the numbers in two groups, the smaller one first."""
    places = range(len(numbers))
    seen: set[Puzzle] = set()
    for size in range(1, len(numbers) // 2 + 1):
        for chosen in combinations(places, size):
            left = tuple(numbers[i] for i in chosen)
            if left not in seen:
                seen.add(left)
                yield left, tuple(numbers[i] for i in places if i not in chosen)


def _joined(a: Fraction, b: Fraction) -> Iterator[Fraction]:
    yield from (a + b, a - b, b - a, a * b)
    if b:
        yield a / b
    if a:
        yield b / a


def _partners(a: Fraction, goal: Fraction) -> set[Fraction]:
    """Every b for which one operation on a and b, in either order, gives the goal (not 0)."""
    found = {goal - a, goal + a, a - goal}
    if a:
        found |= {goal / a, a / goal, goal * a}
    return found


def _digest(puzzle: Puzzle) -> str:
    return sha256(f"{SEED} {puzzle}".encode()).hexdigest()
