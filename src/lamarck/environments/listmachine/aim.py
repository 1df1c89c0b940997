"""What tasks an objective asks for: its node and parameters, checked and read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

from lamarck.core import Objective, UsageError, unknown
from lamarck.environments.listmachine.machine import ADD, OPERATIONS, USUAL

LOWEST, HIGHEST = (1, 4), (8, 9)
"""Smallest and largest depth and length. Shorter lists could be read as plain numbers."""
MOST_FAMILIES = 1000


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of the ability tree: tasks of one kind and depth."""

    kind: str
    depth: int

    def __str__(self) -> str:
        return f"{self.kind} {self.depth}"

    @property
    def want(self) -> str:
        """As the small model is asked to invent one: `S3`."""
        return f"{self.kind[0].upper()}{self.depth}"


DEPTHS = MappingProxyType({"exec": (1, 2, 3, 4), "synth": (1, 2, 3)})
"""The kinds, and the depths of each where none is asked for."""
NODES = MappingProxyType(
    {
        str(node): node
        for kind in DEPTHS
        for depth in range(LOWEST[0], HIGHEST[0] + 1)
        for node in [Node(kind=kind, depth=depth)]
    }
)
"""The ability tree below listmachine, the far end too: whatever node a task names can be asked for."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the tasks look like; an objective's parameters are these fields."""

    kind: str | None = None
    """"exec" or "synth"; None = both in equal shares."""
    depth: int | None = None
    """Operations of a program, 1 to 8; None = each usual depth of the kind in equal shares."""
    length: int = 5
    """Digits of a list, 4 to 9."""
    operations: str = USUAL
    """Letters of the operations a program may use, each once; `k` comes with its constant told."""
    families: int = 0
    """Where not 0, synth tasks come from this many named machines of each depth, each with one secret program."""

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in DEPTHS:
            raise unknown("kind of listmachine", str(self.kind), DEPTHS)
        for name, low, value, high in (
            ("depth", LOWEST[0], LOWEST[0] if self.depth is None else self.depth, HIGHEST[0]),
            ("length", LOWEST[1], self.length, HIGHEST[1]),
            ("families", 0, self.families, MOST_FAMILIES),
        ):
            if type(value) is not int or not low <= value <= high:
                raise UsageError(
                    f"listmachine parameter {name}={value!r}: it must be a whole number from {low} to {high}"
                )
        known = "".join(OPERATIONS) + ADD
        if type(self.operations) is not str or not self.operations or len(set(self.operations)) < len(self.operations):
            raise UsageError(
                f"listmachine parameter operations={self.operations!r}: it must be letters out of {known}, each once"
            )
        for letter in self.operations:
            if letter not in known:
                raise unknown("operation of listmachine", letter, known)

    @property
    def nodes(self) -> Sequence[Node]:
        """The nodes whose tasks are asked for, in the order of the tree."""
        kinds = [self.kind] if self.kind else list(DEPTHS)
        return [Node(kind=k, depth=d) for k in kinds for d in ([self.depth] if self.depth else DEPTHS[k])]


def aimed(objective: Objective) -> Aim:
    """The aim of an objective; a node goes before the parameters. Raises: UsageError for what means nothing here."""
    known = [field.name for field in fields(Aim)]
    for name in objective.parameters:
        if name not in known:
            raise unknown("listmachine parameter", name, known)
    asked = {name: value for name, value in objective.parameters.items() if value is not None}
    if objective.node:
        if objective.node not in NODES:
            raise unknown("node of listmachine", objective.node, NODES)
        node = NODES[objective.node]
        asked |= {"kind": node.kind, "depth": node.depth}
    return Aim(**asked)  # type: ignore[arg-type]  # checked by Aim, with a message for people


def shares(aim: Aim, n: int) -> list[tuple[Node, int]]:
    """n tasks over the aim's nodes: equal shares of the kinds, and of the depths of each."""
    kinds = list(dict.fromkeys(node.kind for node in aim.nodes))
    found = list[tuple[Node, int]]()
    for kind, part in zip(kinds, _even(n, len(kinds)), strict=True):
        nodes = [node for node in aim.nodes if node.kind == kind]
        found += zip(nodes, _even(part, len(nodes)), strict=True)
    return found


def _even(n: int, parts: int) -> list[int]:
    return [n // parts + (at < n % parts) for at in range(parts)]
