"""A second opinion on the game, written without the code under test: integer pairs, plain recursion."""

from itertools import combinations

Item = tuple[int, int, str]
"""Numerator, denominator (not reduced, may be negative) and the expression that gives them."""


def solve(numbers: tuple[int, ...], target: int) -> str | None:
    """An expression that makes the target, None where there is none."""
    return _search([(n, 1, str(n)) for n in numbers], target)


def _search(items: list[Item], target: int) -> str | None:
    if len(items) == 1:
        n, d, text = items[0]
        return text if n == target * d else None
    for i, j in combinations(range(len(items)), 2):
        rest = [item for k, item in enumerate(items) if k not in (i, j)]
        for joined in _joined(items[i], items[j]):
            if found := _search([*rest, joined], target):
                return found
    return None


def _joined(left: Item, right: Item) -> list[Item]:
    (a, b, x), (c, d, y) = left, right
    found = [
        (a * d + c * b, b * d, f"({x}+{y})"),
        (a * d - c * b, b * d, f"({x}-{y})"),
        (c * b - a * d, b * d, f"({y}-{x})"),
        (a * c, b * d, f"({x}*{y})"),
    ]
    if c:
        found.append((a * d, b * c, f"({x}/{y})"))
    if a:
        found.append((b * c, a * d, f"({y}/{x})"))
    return found
