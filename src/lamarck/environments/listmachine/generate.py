"""Problems of the list machine made from a seed, as an aim wants them."""

from dataclasses import dataclass
from random import Random

from lamarck.core import Split
from lamarck.environments.aiming import drawn
from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.families import Family, families, minimal
from lamarck.environments.listmachine.machine import ADD, DIGITS, USUAL, run
from lamarck.environments.listmachine.traces import exec_line, exec_trace, synth_line, synth_trace, told


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A list and a program: to be run, or to be found from the list and what it gives."""

    kind: str
    digits: str
    program: str
    letters: str = USUAL
    """Operations that a solution may use."""
    constant: int | None = None
    """What `k` adds, where the problem must tell it."""
    family: str = ""
    """Name of the secret machine, "" for none."""

    @property
    def target(self) -> str:
        """The list that the program gives."""
        return run(self.program, self.digits, self.constant)

    @property
    def line(self) -> str:
        """The problem as the small model is asked it."""
        bare = exec_line(self.digits, self.program) if self.kind == "exec" else synth_line(self.digits, self.target)
        return told(bare, self.constant)

    @property
    def direct(self) -> str:
        """The same, asked for the bare answer: E becomes D, S becomes P."""
        if self.kind == "exec":
            return told("D" + exec_line(self.digits, self.program)[1:], self.constant)
        return told("P" + synth_line(self.digits, self.target)[1:], self.constant)

    @property
    def answer(self) -> str:
        """The list, or the program it was made from."""
        return self.target if self.kind == "exec" else self.program

    @property
    def trace(self) -> str:
        """The small model's solution."""
        if self.kind == "exec":
            return exec_trace(self.digits, self.program, self.constant)
        return synth_trace(self.digits, self.program, self.target, self.constant)

    @property
    def key(self) -> str:
        """Equal for equal problems: program and list, or both lists. The small model's line says just that."""
        return self.line


def draw(node: Node, aim: Aim, rng: Random, family: Family | None = None) -> Problem | None:
    """A random problem of a node, None where a program of fewer operations would solve it."""
    digits = "".join(rng.choices(DIGITS, k=aim.length))
    program = family.program if family else "".join(rng.choices(aim.operations, k=node.depth))
    constant = family.constant if family else rng.randint(1, 9) if ADD in aim.operations else None
    if node.kind == "exec":
        constant = constant if ADD in program else None
    elif not minimal(digits, program, aim.operations, constant):
        return None
    return Problem(
        kind=node.kind,
        digits=digits,
        program=program,
        letters=aim.operations,
        constant=constant,
        family=family.name if family else "",
    )


def generate(node: Node, aim: Aim, split: Split, n: int, seed: int | str, *, at_most: bool = False) -> list[Problem]:
    """n different problems of a split, the same for the same seed; machines in turn where there are families.

    With ``at_most`` fewer where there are no more. Raises: UsageError where the aim has not that many.
    """
    machines = families(aim.families, node.depth, aim.length, aim.operations) if node.kind == "synth" else ()
    rng = Random(f"listmachine {split} {seed} {node}")

    def made(number: int) -> Problem | None:
        return draw(node, aim, rng, machines[number % len(machines)] if machines else None)

    return drawn(f"listmachine '{node}' with {aim}", made, lambda one: one.key, split, n, at_most=at_most)
