"""What a user may say about endpoints: where they are, how hard they are asked, how long they are waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from lamarck.core import UsageError, unknown
from lamarck.data.typed import of_value

HOSTED = "https://api.openai.com/v1"
"""Where models are unless the user says so."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the endpoints of a run are called. Nothing here decides what a call is answered."""

    base_url: str = HOSTED
    fallbacks: tuple[str, ...] = ()
    """Models, ``name`` or ``name@URL``, asked in this order while the one before them fails."""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """Host -> the environment variable that holds its key; "" = the base URL's host."""
    limit: int = 64
    """Calls of one endpoint in flight at most."""
    timeout_s: float = 600.0
    """A call's whole time at most, from its sending to its last byte."""
    first_s: float = 120.0
    """Grace before the least rate counts: the time until the first token."""
    least_rate: float = 0.5
    """Tokens a second below which an answer is given up."""
    tries: int = 6
    """How often a call is sent at most; waits for a rate limit are not counted."""
    base_s: float = 1.0
    """The first wait before sending again is at most this, the next twice that, and so on."""
    longest_s: float = 60.0
    """No wait is longer, whatever the server asks for."""
    patience_s: float = 300.0
    """How long an endpoint may do nothing but ask to wait."""
    breaker: float = 0.5
    """The share of the last 50 sendings that must fail until an endpoint is given up for a while."""
    cooldown_s: float = 120.0
    """How long that while is."""
    stream: bool = True
    """Receive answers token by token, so that one that stalls is noticed early."""
    logprobs: bool = False
    """Ask for the log-probability of every token."""
    any_model: bool = False
    """Accept answers under another model's name than the one asked for."""
    allow_http: bool = False
    """Allow plain http to other machines."""
    revision: str = ""
    """Which weights are behind a name; part of what a call is recorded by."""
    cache: str = ""
    """A folder that keeps answers across runs."""
    prices: str = ""
    """A TOML file with prices of your own."""

    def __post_init__(self) -> None:
        """Raises: UsageError for a number that cannot be."""
        for name in ("limit", "tries", "timeout_s", "first_s", "longest_s", "base_s", "patience_s", "breaker"):
            if getattr(self, name) <= 0:
                raise UsageError(f"--endpoint {name}={getattr(self, name)}: give a number above 0")
        if self.limit > 4096:
            raise UsageError(f"--endpoint limit={self.limit}: give at most 4096")


KINDS: Mapping[str, Any] = {name: kind for name, kind in get_type_hints(Options).items() if name != "keys"}
"""Option -> its type."""


def options(said: Mapping[str, Any]) -> Options:
    """The options a user gave. Raises: UsageError for one there is not, or of a wrong type."""
    found = dict[str, Any]()
    for name, value in said.items():
        if name == "keys":
            found[name] = dict(of_value(value, dict[str, str], "endpoint option keys"))
        elif name in KINDS:
            # a whole number is a number too, and JSON writes 5.0 as it was typed
            whole = KINDS[name] is float and isinstance(value, int) and not isinstance(value, bool)
            found[name] = of_value(float(value) if whole else value, KINDS[name], f"endpoint option {name}")
        else:
            raise unknown("endpoint option", name, [f.name for f in fields(Options)])
    return Options(**found)
