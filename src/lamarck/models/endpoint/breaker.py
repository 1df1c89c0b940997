"""When an endpoint is given up: half of the last sendings failed, or none came through."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

WINDOW = 50
"""Sendings that are looked back on."""


@dataclass(kw_only=True)
class Breaker:
    """What became of the last sendings to one endpoint. No clock of its own."""

    share: float
    """That must have failed."""
    cooldown_s: float
    closed_again: float = 0.0
    """When an endpoint that was given up is tried again."""
    last: deque[str] = field(default_factory=lambda: deque[str](maxlen=WINDOW))
    """Of each sending why it failed, "" where it did not."""

    def ok(self) -> None:
        """An answer came."""
        self.last.append("")

    def failed(self, why: str, now: float) -> bool:
        """None came. Out: whether the endpoint is given up by it."""
        self.last.append(why)
        if len(self.last) == WINDOW and self.failures >= self.share * WINDOW and not self.open(now):
            self.trip(now)
            return True
        return False

    def trip(self, now: float) -> None:
        """Give the endpoint up for a while; afterwards it is judged anew."""
        self.closed_again = now + self.cooldown_s

    def open(self, now: float) -> bool:
        """Whether it is given up."""
        if now < self.closed_again:
            return True
        if self.closed_again:
            self.closed_again = 0.0
            self.last.clear()
        return False

    @property
    def failures(self) -> int:
        """Of the last sendings."""
        return sum(map(bool, self.last))

    def told(self) -> str:
        """What happened, in words: "31 of the last 50 sendings failed, most often: HTTP 500"."""
        if not self.failures:
            return "no answer came"
        why, _ = Counter(each for each in self.last if each).most_common(1)[0]
        return f"{self.failures} of the last {len(self.last)} sendings failed, most often: {why}"
