"""Tasks that a model makes up: what it is asked for, and what its text is worth."""

import re
from hashlib import sha256
from random import Random

from lamarck.environments.aiming import split_of
from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.families import minimal
from lamarck.environments.listmachine.generate import Problem
from lamarck.environments.listmachine.machine import OPERATIONS
from lamarck.environments.listmachine.reading import READ

_TASK = re.compile(r"(?<![0-9])([0-9]{1,20}) ?: ?([a-z]{1,20})(?![a-z])")


def wanted(aim: Aim, seed: int) -> Node:
    """A node of the aim, the same for the same seed: first the kind is drawn, then the depth."""
    rng = Random(f"listmachine want {seed}")
    kind = rng.choice(list(dict.fromkeys(node.kind for node in aim.nodes)))
    return rng.choice([node for node in aim.nodes if node.kind == kind])


def invented(text: str, aim: Aim) -> Problem | None:
    """The problem of the last `37859:td` in the text: to be run, or to be found.

    Out: None where there is none, where it is not of the aim, where a shorter program would solve it, or where it is
    an item of a held-out split. Where the aim names no kind, the text's digest decides.
    """
    found = _TASK.findall(text[-READ:])
    digits, program = found[-1] if found else ("", "")
    kinds = [node.kind for node in aim.nodes if node.depth == len(program)]
    if len(digits) != aim.length or not kinds or not set(program) <= set(aim.operations) & set(OPERATIONS):
        return None
    digest = sha256(f"{digits}:{program}".encode()).digest()
    kind = kinds[digest[0] % len(kinds)]
    problem = Problem(kind=kind, digits=digits, program=program, letters=aim.operations)
    if kind == "synth" and not minimal(digits, program, aim.operations, None):
        return None
    return problem if split_of(problem.key) == "practice" else None
