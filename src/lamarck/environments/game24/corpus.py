"""The number-trace language of the small model, and generators that write its pretraining texts.

    prompt      4 6 8 13>24|                       sorted numbers, target
    completion  13-8=5,4 5 6>24;6-5=1,...          one operation, what is left > target; last step bare
    drill       13-8=5,9*4=36,...                  facts; only results are learned

Numbers are integers from 0 to 199, the larger operand stands first, division must be exact. No
text ever poses a real Game-of-24 instance (four numbers up to 13, target 24): those are exam items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from lamarck.environments.game24.puzzles import HIGHEST, is_real

LARGEST = 199


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`a op b = c` with a >= b."""

    a: int
    op: str
    b: int
    c: int

    def __str__(self) -> str:
        return f"{self.a}{self.op}{self.b}={self.c}"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a training text."""

    text: str
    learned: bool
    """Whether the loss counts this text's tokens."""


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """What share of examples is what; see `example`."""

    sizes: tuple[float, float, float] = (1, 3, 5)
    """Relative weights of problems with 2, 3 and 4 numbers."""
    drills: float = 0.25
    target_24: float = 0.0
    """Share of problems whose target is forced to be 24. Zero, since a base that leans to the task
    leaves less to learn from practice, and keeps gaining from synthetic problems alone."""


def options(a: int, b: int) -> list[Operation]:
    """All operations the language allows on two numbers, in a fixed order."""
    a, b = max(a, b), min(a, b)
    found = [Operation(a=a, op="-", b=b, c=a - b)]
    if a + b <= LARGEST:
        found.append(Operation(a=a, op="+", b=b, c=a + b))
    if a * b <= LARGEST:
        found.append(Operation(a=a, op="*", b=b, c=a * b))
    if b > 0 and a % b == 0:
        found.append(Operation(a=a, op="/", b=b, c=a // b))
    return found


def random_tree(numbers: Sequence[int], rng: Random) -> list[Operation]:
    """Combine two random numbers by a random legal operation until one is left."""
    left, steps = list(numbers), list[Operation]()
    while len(left) > 1:
        rng.shuffle(left)
        step = rng.choice(options(left.pop(), left.pop()))
        steps.append(step)
        left.append(step.c)
        left.sort()
    return steps


def prompt_text(numbers: Sequence[int], target: int) -> str:
    """A problem as the small model reads it: `4 6 8 13>24|`."""
    return f"{' '.join(map(str, sorted(numbers)))}>{target}|"


def trace_text(numbers: Sequence[int], target: int, steps: Sequence[Operation]) -> str:
    """The completion for these steps. Raises ValueError if a step uses a number that is not there."""
    left, parts = list(numbers), list[str]()
    for step in steps:
        left.remove(step.a)
        left.remove(step.b)
        left.append(step.c)
        rest = f",{' '.join(map(str, sorted(left)))}>{target}" if len(left) > 1 else ""
        parts.append(f"{step}{rest}")
    return ";".join(parts)


def problem(rng: Random, sizes: tuple[float, float, float] = (1, 3, 5), target_24: float = 0.0) -> tuple[str, str]:
    """One synthetic problem that has a solution. Out: prompt, completion (without the end mark)."""
    size = rng.choices((2, 3, 4), sizes)[0]
    forced = rng.random() < target_24
    while True:
        numbers = _draw(rng, size, wide=forced)
        steps = random_tree(numbers, rng)
        target = steps[-1].c
        if not 1 <= target <= 100 or (forced and target != 24) or is_real(numbers, target):
            continue
        return prompt_text(numbers, target), trace_text(numbers, target, steps)


def _draw(rng: Random, size: int, *, wide: bool) -> list[int]:
    share = rng.random()
    if size == 2:
        return [rng.randint(0, 30), rng.randint(0, 100)]
    if size == 3:
        first = rng.randint(0, 60) if share < 0.7 else rng.randint(1, HIGHEST)
        second = rng.randint(1, 40) if share < 0.2 else rng.randint(1, HIGHEST)
        return [first, second, rng.randint(1, HIGHEST)]
    top = HIGHEST if share < 0.6 and not wide else 25
    return [rng.randint(1, top) for _ in range(4)]


def drill(rng: Random, facts: int = 6) -> list[Piece]:
    """Arithmetic facts in a row; only their results are learned."""
    pieces = list[Piece]()
    for _ in range(facts):
        a = rng.randint(1, rng.choices((HIGHEST, 25, 100), (35, 30, 35))[0])
        b = rng.randint(1, HIGHEST if rng.random() < 0.7 else 40)
        fact = rng.choice(options(a, b))
        asked = f"{fact.a}{fact.op}{fact.b}="
        pieces.append(Piece(text=asked if not pieces else "," + asked, learned=False))
        pieces.append(Piece(text=str(fact.c), learned=True))
    return pieces


def example(rng: Random, mixture: Mixture) -> list[Piece]:
    """One text of the pretraining corpus. Out: its pieces; a problem also learns the end mark `.`"""
    if rng.random() < mixture.drills:
        return drill(rng)
    prompt, completion = problem(rng, mixture.sizes, mixture.target_24)
    return [Piece(text=prompt, learned=False), Piece(text=completion + ".", learned=True)]


def curriculum(progress: float, target_24: float = 0.0, ramp: float = 0.25) -> Mixture:
    """Mostly two numbers at first, mostly four once `ramp` of the examples is through."""
    done = min(1.0, progress / ramp)
    return Mixture(sizes=(6 - 5 * done, 3, 1 + 4 * done), target_24=target_24)
