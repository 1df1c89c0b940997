"""Why the gate ruled as it did, in words with the numbers in them."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import Comparison

SAME = "nothing to learn from"


def listed(made: Sequence[Comparison]) -> str:
    """The comparisons with their differences in points: "sums -6.2 points against best"."""
    return "; ".join(f"{one.ability} {100 * one.difference:+.1f} points against {one.against}" for one in made)


def passed(made: Sequence[Comparison], margin: float) -> str:
    """Why a candidate is promoted."""
    abilities = {one.ability for one in made}
    better = list(dict.fromkeys(one.ability for one in made if one.outcome == "better"))
    on = f"all {len(abilities)} abilities" if len(abilities) > 1 else next(iter(abilities))
    return f"within {100 * margin:g} points or better on {on}" + (f"; better on {', '.join(better)}" if better else "")


def shortfall(one: Comparison, margin: float, smallest: float, more: int) -> str:
    """Why a comparison shows nothing: what its items could have shown, and how many more show the margin."""
    shown = f"{one.items:,} items against {one.against}"
    could = f"show differences from {100 * smallest:.1f} points" if smallest < 1 else "can show no difference"
    cure = f", {more:,} more would show {100 * margin:g}" if more > 0 else ""
    return f"undecided on {one.ability}: {shown} {could}{cure}"


def looked(looks: int) -> str:
    """How often the gate looked."""
    return "1 look" if looks == 1 else f"{looks} looks"
