"""Countdown problems made from a seed, in the shape the objective asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from random import Random

from lamarck.core import Split, unknown
from lamarck.core.types import Parameters
from lamarck.environments.aiming import drawn, whole
from lamarck.environments.game24.corpus import LARGEST, Operation, random_tree, trace_text
from lamarck.environments.game24.puzzles import is_real


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the problems look like; an objective's parameters are these fields."""

    count: int = 4
    """How many numbers, 2 to 6."""
    lowest: int = 1
    """Smallest number, 1 or more."""
    highest: int = 25
    """Largest number, up to 199."""
    target_lowest: int = 1
    target_highest: int = 100
    """Targets lie between these two, 1 to 199."""

    def __post_init__(self) -> None:
        for name, low, value, high in (
            ("count", 2, self.count, 6),
            ("lowest", 1, self.lowest, LARGEST),
            ("highest", self.lowest, self.highest, LARGEST),
            ("target_lowest", 1, self.target_lowest, LARGEST),
            ("target_highest", self.target_lowest, self.target_highest, LARGEST),
        ):
            whole("countdown", name, value, low, high)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem and one way to solve it."""

    numbers: tuple[int, ...]
    """Ascending."""
    target: int
    trace: str
    """The solution in the small model's language."""

    @property
    def key(self) -> str:
        """Equal for equal problems: `4 6 8 15>24`."""
        return key(self.numbers, self.target)


def shaped(parameters: Parameters) -> Shape:
    """The shape an objective asks for. Raises: UsageError for a name or value that means nothing here."""
    known = [field.name for field in fields(Shape)]
    for name in parameters:
        if name not in known:
            raise unknown("countdown parameter", name, known)
    return Shape(**parameters)  # type: ignore[arg-type]  # checked by Shape, with a message for people


def key(numbers: Sequence[int], target: int) -> str:
    """Canonical key of a problem, whatever the order of its numbers."""
    return f"{' '.join(map(str, sorted(numbers)))}>{target}"


def generate(shape: Shape, split: Split, n: int, seed: int, *, at_most: bool = False) -> list[Problem]:
    """n different problems of a split, the same for the same seed; with ``at_most`` fewer where there are no more.

    Raises: UsageError where the shape has not that many.
    """
    rng = Random(f"countdown {split} {seed}")
    return drawn(f"countdown with {shape}", lambda _: _draw(shape, rng), lambda one: one.key, split, n, at_most=at_most)


def _draw(shape: Shape, rng: Random) -> Problem | None:
    """A random problem, None where its target is out of range or a real puzzle stands in it."""
    numbers = tuple(sorted(rng.randint(shape.lowest, shape.highest) for _ in range(shape.count)))
    steps = random_tree(numbers, rng)
    target = steps[-1].c
    if not shape.target_lowest <= target <= shape.target_highest:
        return None
    if any(is_real(left, target) for left in _states(numbers, steps)):
        return None
    return Problem(numbers=numbers, target=target, trace=trace_text(numbers, target, steps))


def _states(numbers: Sequence[int], steps: Sequence[Operation]) -> Iterator[list[int]]:
    """The numbers given and what is left after each step: with five given, four may be a real puzzle."""
    left = list(numbers)
    yield left
    for step in steps:
        left = [*left, step.c]
        left.remove(step.a)
        left.remove(step.b)
        yield left
