"""Scores of items by judges: what has no value is left out and named."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import Context, Score, Scorecard, Solution, Split, Task, UsageError


def decided(task: Task, mine: Solution | None, theirs: Solution | None, ctx: Context) -> float | None:
    """1 or 0 where the environment passes one of two answers and fails the other, so that no judge need be asked.

    None where it does not, or where the recipe's labels allow no look. No answer counts as failed.
    """
    if ctx.labels == "none":
        return None
    said = [ctx.environment.check(task, one).passed if one else False for one in (mine, theirs)]
    return None if None in said or said[0] == said[1] else float(bool(said[0]))


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
