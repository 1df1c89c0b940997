"""Numbers as people read them, the same in the page and in the terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lamarck.core import Estimate


def percent(share: float) -> str:
    """0.2886 -> "28.9 %"."""
    return f"{100 * share:.1f} %"


def within(estimate: Estimate) -> str:
    """The interval of an estimate: "24.3 to 33.8"."""
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}"


def points(difference: float) -> str:
    """0.14 -> "+14.0", in points of a hundred; the minus is a real one."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def span(low: float, high: float) -> str:
    """The interval of a difference: "+9.2 to +18.8"."""
    return f"{points(low)} to {points(high)}"


def count(number: int, one: str, more: str = "") -> str:
    """1 -> "1 sample", 862 -> "862 samples"."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def lasting(seconds: float) -> str:
    """A duration: "0.4 s", "48 s", "3 min 12 s", "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def when(moment: Any) -> str:
    """A moment, from seconds since 1970 or ISO text: "21 November 2026, 08:06 UTC"; "" where there is none."""
    if moment in (None, "", 0):
        return ""
    try:
        at = (
            datetime.fromtimestamp(moment, UTC)
            if isinstance(moment, int | float)
            else datetime.fromisoformat(str(moment))
        )
    except (ValueError, OverflowError, OSError):
        return str(moment)
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
