"""What the rules say about an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The judgement on one answer."""

    right: bool
    """Legal, every number used once, ends on the target."""
    legal: bool
    """Every step is true and uses numbers that are there."""
    canonical: bool = False
    """Right, and letter for letter the trace the small model's language would write."""
    reached: Fraction | None = None
    """The value all numbers were combined to; None where they were not."""
    why: str = ""
    """One sentence why it is not right, "" where it is."""


def wrong(why: str, *, legal: bool = False, reached: Fraction | None = None) -> Ruling:
    """The ruling on an answer that is not right."""
    return Ruling(right=False, legal=legal, reached=reached, why=why)


def ended(value: Fraction, target: int) -> Ruling:
    """The ruling on a legal answer that uses every number and comes to this value."""
    if value == target:
        return Ruling(right=True, legal=True, reached=value)
    return wrong(f"it ends on {value}, not on {target}", legal=True, reached=value)


def quoted(text: str) -> str:
    """A model's text in a message: short, control characters escaped."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def listed(numbers: Iterable[Fraction | int]) -> str:
    """Numbers as people read them, sorted."""
    return " ".join(map(str, sorted(numbers)))
