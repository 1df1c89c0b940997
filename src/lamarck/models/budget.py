"""What a run may spend on models: reserved before a call, settled after it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lamarck.core import PausedRun, UsageError, unknown

KINDS = ("usd", "tokens", "calls", "minutes")
"""What can be limited."""
NUMBER = re.compile(r"(\d+(?:\.\d+)?|\.\d+)([kKmMgG]?)")
FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one call, or of many."""

    usd: float = 0.0
    tokens: float = 0.0
    calls: float = 1.0

    def of(self, kind: str) -> float:
        """The part of a kind."""
        return float(getattr(self, kind, 0.0))


def limits_of(said: str | Mapping[str, float] | None) -> dict[str, float]:
    """Limits as they are typed, ``usd=5,tokens=2M,minutes=60``, or given. Raises: UsageError."""
    if not said:
        return {}
    parts = [part.partition("=") for part in said.split(",")] if isinstance(said, str) else ()
    named = {name.strip(): _number(value.strip()) for name, _, value in parts} or dict(
        said if isinstance(said, Mapping) else {}
    )
    for name, value in named.items():
        if name not in KINDS:
            raise unknown("budget", name, KINDS, "type: --budget usd=5,tokens=2M,calls=1000,minutes=60")
        if value <= 0:
            raise UsageError(f"--budget {name}={value:g}: give a number above 0")
    return {name: float(value) for name, value in named.items()}


@dataclass(kw_only=True)
class Budget:
    """Limits over all models of a run, and over all processes that went on with it. Safe to call from many threads."""

    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    folder: str = ""
    """What to type after ``lamarck resume``."""
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._spent, self._held = Cost(calls=0), Cost(calls=0)
        self._began, self._before_s = self.clock(), 0.0

    def earlier(self, spent: Cost, seconds: float) -> None:
        """What processes before this one have spent."""
        with self._lock:
            self._spent = _sum(self._spent, spent)
            self._before_s += seconds

    def reserve(self, cost: Cost) -> bool:
        """Hold what a call may cost. Out: False where it must wait for calls in flight to settle.

        Raises: PausedRun where it fits even so no more.
        """
        with self._lock:
            over = self._over(cost)
            if not over:
                self._held = _sum(self._held, cost)
                return True
            if over != "minutes" and self._held.calls > 0:
                return False
            raise PausedRun(self._told(over))

    def settle(self, held: Cost, spent: Cost) -> None:
        """A call is over: what it cost instead of what was held for it."""
        with self._lock:
            self._held = _sum(self._held, held, -1.0)
            self._spent = _sum(self._spent, spent)

    @property
    def left(self) -> Mapping[str, float]:
        """What is left by kind, never below 0."""
        with self._lock:
            return {kind: max(limit - self._used(kind), 0.0) for kind, limit in self.limits.items()}

    @property
    def spent(self) -> Mapping[str, float]:
        """What was spent by kind, limited or not."""
        with self._lock:
            return {kind: self._used(kind) for kind in KINDS}

    def _used(self, kind: str) -> float:
        if kind == "minutes":
            return (self._before_s + self.clock() - self._began) / 60
        return self._spent.of(kind)

    def _over(self, cost: Cost) -> str:
        """The first limit that a call would exceed, "" where it fits."""
        for kind, limit in self.limits.items():
            if kind == "minutes":
                if self._used(kind) >= limit:
                    return kind
            elif self._used(kind) + self._held.of(kind) + cost.of(kind) > limit:
                return kind
        return ""

    def _told(self, kind: str) -> str:
        said = {"usd": "{:.4g} USD", "tokens": "{:,.0f} tokens", "calls": "{:,.0f} calls", "minutes": "{:.3g} minutes"}[
            kind
        ]
        used, limit = said.format(self._used(kind)), said.format(self.limits[kind])
        more = f"--budget {kind}={2 * self.limits[kind]:.12g}"
        cure = f"to go on, type: lamarck resume {self.folder} {more}" if self.folder else f"to go on, give more: {more}"
        return f"the budget of {limit} does not allow one more call ({used} spent); nothing recorded is lost; {cure}"


def _sum(one: Cost, other: Cost, times: float = 1.0) -> Cost:
    return replace(
        one,
        usd=one.usd + times * other.usd,
        tokens=one.tokens + times * other.tokens,
        calls=one.calls + times * other.calls,
    )


def _number(text: str) -> float:
    found = NUMBER.fullmatch(text)
    if not found:
        raise UsageError(f"--budget: '{text}' is no amount; type: --budget usd=5,tokens=2M,calls=1000,minutes=60")
    return float(found[1]) * FACTORS[found[2].lower()]
