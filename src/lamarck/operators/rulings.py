"""Scores of items by judges: what has no value is left out and named."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import Score, Scorecard, Split, Task, UsageError


def ruled(
    ability: str,
    metric: str,
    tasks: Sequence[Task],
    values: Sequence[float | None],
    split: Split,
) -> Score:
    """The score of the items that have a value; the others are ``unread``."""
    read = [(task.id, value) for task, value in zip(tasks, values, strict=True) if value is not None]
    unread = tuple(task.id for task, value in zip(tasks, values, strict=True) if value is None)
    items, found = tuple(item for item, _ in read), tuple(value for _, value in read)
    return Score(ability=ability, metrics={metric: found}, items=items, split=split, unread=unread)


def heard(card: Scorecard, role: str) -> Scorecard:
    """The card. Raises: UsageError where the target has not one item that could be read."""
    if card.target.unread and not card.target.items:
        raise UsageError(
            f"no reply of the {role} could be read on any of {len(card.target.unread)} items; a reply must end with "
            "one of the lines its prompt asks for: take a stronger judge, or more max_tokens"
        )
    return card
