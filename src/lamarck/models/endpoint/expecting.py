"""What a call may take, guessed from those before it: for the order of sending and for what the budget holds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from lamarck.models.endpoint.asking import Ask
from lamarck.models.endpoint.reading import Record, guessed

REMEMBERED = 20_000
"""Prompts whose lengths are kept."""
UNKNOWN = 512.0
"""Tokens of an answer while nothing is known."""


@dataclass(kw_only=True)
class Mean:
    """Of what was seen."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        """One more."""
        self.total, self.count = self.total + value, self.count + 1

    @property
    def value(self) -> float:
        """The mean."""
        return self.total / self.count


@dataclass(kw_only=True)
class Expected:
    """Means by prompt, and by kind of prompt."""

    seconds: OrderedDict[str, Mean] = field(default_factory=OrderedDict[str, Mean])
    tokens: dict[str, Mean] = field(default_factory=dict[str, Mean])

    def saw(self, ask: Ask, record: Record, seconds: float) -> None:
        """A call was answered."""
        for name in (ask.group, f"name {ask.name}"):
            self.seconds.setdefault(name, Mean()).add(seconds)
        if len(self.seconds) > REMEMBERED:
            self.seconds.popitem(last=False)
        self.tokens.setdefault(ask.name, Mean()).add(record.completion)

    def time(self, ask: Ask) -> float:
        """Seconds: as other samples of this prompt took, else as others of its kind; 0 = no idea."""
        known = self.seconds.get(ask.group) or self.seconds.get(f"name {ask.name}")
        return known.value if known else 0.0

    def size(self, ask: Ask) -> tuple[int, float]:
        """Tokens it reads and writes."""
        known = self.tokens.get(ask.name)
        most = ask.body.get("max_tokens")
        if ask.read != "chat":
            return guessed(ask.size), 0.0
        written = known.value if known else min(UNKNOWN, float(most)) if most else UNKNOWN
        return guessed(ask.size), written
