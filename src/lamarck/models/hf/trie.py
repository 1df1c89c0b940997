"""The answers that are allowed, as a tree of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Node:
    """What may follow what has been said."""

    after: dict[int, Node] = field(default_factory=dict[int, "Node"])
    ends: bool = False
    """Whether an answer may end here."""


def tree(answers: Iterable[Sequence[int]]) -> Node:
    """The root of the tree of these token sequences."""
    root = Node()
    for tokens in answers:
        node = root
        for token in tokens:
            node = node.after.setdefault(token, Node())
        node.ends = True
    return root
