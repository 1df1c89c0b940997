"""Secret machines with a name each: the same in every run, split and seed.

A task tells the name but not the program, so that only who remembers a solved task of the same
machine knows what it does.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from lamarck.core import UsageError
from lamarck.environments.listmachine.machine import ADD, DIGITS, run, shorter

FEW = 3
"""Programs of fewer operations than this many are tried when a task must not have a shorter solution."""
TRIALS = 20
PATIENCE = 2_000


@dataclass(frozen=True, kw_only=True)
class Family:
    """One machine."""

    name: str
    """Ten letters that can be spoken: `Takolimora`."""
    program: str
    constant: int | None
    """What `k` adds; None where the machine's operations have no `k`."""


def minimal(digits: str, program: str, letters: str, constant: int | None) -> bool:
    """Whether no program of these letters with fewer operations does the same to this list.

    Differs: programs of more than three operations are not tried, whatever the depth.
    """
    return run(program, digits, constant) not in shorter(digits, min(len(program), FEW + 1), letters, constant)


@cache
def families(n: int, depth: int, length: int, letters: str) -> tuple[Family, ...]:
    """The first n machines of a depth; fewer are the beginning of more.

    Raises: UsageError where so many different programs do not exist.
    """
    rng, found, idle = Random(f"listmachine families {depth} {length} {letters}"), dict[str, Family](), 0
    while len(found) < n:
        program = "".join(rng.choices(letters, k=depth))
        constant = rng.randint(1, 9) if ADD in letters else None
        if program not in found and _serves(program, length, letters, constant):
            found[program], idle = Family(name=_name(rng), program=program, constant=constant), 0
        elif (idle := idle + 1) == PATIENCE:
            raise UsageError(
                f"only {len(found)} of {n} machines were found with {depth} of the operations {letters}; "
                "ask for fewer families or for a larger depth"
            )
    return tuple(found.values())


def _serves(program: str, length: int, letters: str, constant: int | None) -> bool:
    """Whether at least half of all lists make a task, so that `rr` is no machine."""
    rng = Random(program)
    lists = ["".join(rng.choices(DIGITS, k=length)) for _ in range(TRIALS)]
    return sum(minimal(digits, program, letters, constant) for digits in lists) * 2 >= TRIALS


def _name(rng: Random) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(5)).capitalize()
