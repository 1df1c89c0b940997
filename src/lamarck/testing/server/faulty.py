"""What a server does wrong, and which calls it does it to: decided by the call and a seed, so that a test repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, get_args

from lamarck.core import UsageError, unknown
from lamarck.testing.server.latency import Latency, constant

Fault = Literal[
    "busy", "busy_seconds", "busy_date", "busy_absurd", "busy_negative",
    "error", "poison", "hang", "drip", "half_closed", "cut_json", "cut_stream", "html", "wrong_length",
    "empty_choices", "other_model", "redirect", "slow_first_byte", "error_inside", "no_finish", "huge",
    "unauthorized", "too_long",
]  # fmt: skip
"""What can go wrong.

busy, busy_seconds, busy_date, busy_absurd, busy_negative: 429 with no Retry-After, one in seconds, as a date, of a
billion seconds, below zero. error: 500. poison: 500 for this prompt whenever it is asked. hang: no answer. drip: a byte
now and then. half_closed: the connection ends within the body. cut_json: half a JSON text, whole as HTTP. cut_stream: a
stream without its end. html: a page with status 200. wrong_length: a Content-Length beyond the body. empty_choices,
other_model, no_finish: an answer without choices, of another model, that does not say how it ended. redirect: to
another host. slow_first_byte: an answer that begins late. error_inside: an error with status 200. huge: a body without
end. unauthorized: 401. too_long: 400."""

FAULTS: tuple[str, ...] = get_args(Fault)
"""All of them by name."""
FOR_EVER: frozenset[str] = frozenset(("poison", "too_long"))
"""Those that follow a prompt, not a sending."""
Write = Callable[[Mapping[str, Any]], str]


def echo(body: Mapping[str, Any]) -> str:
    """An answer that depends on the prompt and its seed alone."""
    said = f"{body.get('messages') or body.get('prompt')} {body.get('seed')}"
    return f"answer {hashlib.sha256(said.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a server answers, how fast, and how often it fails."""

    answer: Write = echo
    """(the call's body) -> the text."""
    latency: Latency = field(default_factory=lambda: constant(0.0))
    faults: Mapping[str, float] = field(default_factory=dict[str, float])
    """Fault -> the share of sendings that meet it, each drawn by itself; the first in order of the list wins."""
    seed: int = 0
    retry_after_s: float = 0.05
    """What a busy server asks for."""
    hang_s: float = 30.0
    """How long it hangs, drips and holds the first byte back at most."""
    model: str = ""
    """The only model it has; "" = whatever it is asked for."""
    key: str = ""
    """The only key it takes; "" = any."""
    finish: str = "stop"
    """How answers end."""
    pieces: int = 4
    """Into how many a streamed answer is cut."""
    usage: bool = True
    """Whether it counts tokens."""
    knows: Sequence[str] = ("n", "logprobs", "response_format", "tools", "seed", "top_k", "stream_options")
    """Fields it understands; others are ignored."""
    refuses: Sequence[str] = ()
    """Fields it answers with 400."""
    elsewhere: str = "http://127.0.0.2:9/v1/chat/completions"
    """Where it redirects to."""

    def __post_init__(self) -> None:
        """Raises: UsageError for a fault there is not, or a share that is none."""
        for name, share in self.faults.items():
            if name not in FAULTS:
                raise unknown("fault", name, FAULTS)
            if not 0 <= share <= 1:
                raise UsageError(f"the share of {name} is {share}; give 0 to 1")

    def fault(self, prompt: str, sending: int) -> str:
        """What goes wrong with the n-th sending of a prompt, "" for nothing."""
        for name in FAULTS:
            if share := self.faults.get(name, 0.0):
                which = f"{name} {prompt}" if name in FOR_EVER else f"{name} {prompt} {sending}"
                if self.rng(which).random() < share:
                    return name
        return ""

    def rng(self, *what: object) -> Random:
        """A random source for one decision."""
        return Random(f"{self.seed} {what}")
