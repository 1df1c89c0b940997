"""How long a server takes for an answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

Latency = Callable[[Random], float]
"""(a random source of the call's own) -> seconds."""


def constant(seconds: float) -> Latency:
    """Always the same."""
    return lambda _rng: seconds


def log_uniform(least: float, most: float) -> Latency:
    """As many answers between 0.1 and 1 s as between 1 and 10: nearly all are short, and a few take very long."""
    low, high = math.log(least), math.log(most)
    return lambda rng: math.exp(rng.uniform(low, high))
