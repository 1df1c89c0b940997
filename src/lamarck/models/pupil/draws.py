"""What goes to the worker processes and what comes back. No torch here: the main process makes these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One prompt, sampled once for each seed."""

    ids: tuple[int, ...]
    seeds: tuple[int, ...]
    """64-bit."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How to draw, for a whole call."""

    temperature: float = 1.0
    """0 = the likeliest token."""
    top_k: int | None = None
    """Of the likeliest tokens, so many may be drawn; None or 0 = all."""
    top_p: float | None = None
    max_tokens: int = 32


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One sample."""

    tokens: tuple[int, ...]
    """Without the end mark."""
    logprobs: tuple[float, ...]
    """Of each token, end mark included if it came; at temperature 1, all tokens allowed."""
    stop: Literal["stop", "length"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """A prompt and a text after it, whose likelihood is asked for."""

    ids: tuple[int, ...]
    """Of both, without the end mark."""
    read: int
    """How many of them are the prompt's."""
