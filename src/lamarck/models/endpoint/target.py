"""One endpoint: its pool, its pace, its breaker, and what it turned out not to understand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lamarck.models.endpoint.address import OPENAI, Address, Key
from lamarck.models.endpoint.asking import PATHS, Ask
from lamarck.models.endpoint.breaker import Breaker
from lamarck.models.endpoint.faults import Fault
from lamarck.models.endpoint.options import Options
from lamarck.models.endpoint.pacing import Pace, Slots
from lamarck.models.endpoint.reading import Record, read
from lamarck.models.endpoint.transport import Transport
from lamarck.models.prices import FREE, Price

OPTIONAL = ("stream_options", "logprobs", "top_k", "seed", "stream")
"""Fields an endpoint may refuse; it then gets none, and what it can do is known the better."""


class GivenUp(Exception):
    """The endpoint a call waited for is given up."""


@dataclass(kw_only=True, eq=False)
class Target:
    """A model at an address, as the loop's thread sees it."""

    model: str
    """As the server calls it."""
    name: str
    """As people type it."""
    address: Address
    key: Key
    options: Options
    price: Price | None = FREE
    """None = nobody knows."""
    refused: set[str] = field(default_factory=set[str])
    """Fields it does not take."""
    fatal: Fault | None = None
    """What makes it useless for good: a wrong key, an empty account, no such model."""
    busy_since: float | None = None
    """Since when it has done nothing but ask to wait."""
    stalled: str = ""
    """What is told of one that was last given up over that."""

    def __post_init__(self) -> None:
        self.transport = Transport(self.address, self.key, self.options)
        self.slots = Slots(Pace(most=self.options.limit))
        self.breaker = Breaker(share=self.options.breaker, cooldown_s=self.options.cooldown_s)
        if self.address.name == OPENAI:
            self.refused |= {"top_k", "max_tokens"}

    async def send(self, ask: Ask) -> Record:
        """One sending of a call; fields that turn out to be refused are left out from then on. Raises: Fault."""
        while True:
            body = self.body(ask)
            try:
                reply = await self.transport.post(PATHS[ask.read], body)
                return read(ask, reply, "" if self.options.any_model else str(body["model"]))
            except (TypeError, AttributeError, KeyError, IndexError) as error:
                raise Fault("malformed", f"the reply has another form than a chat's ({type(error).__name__})") from None
            except Fault as fault:
                named = self._named(fault, body)
                if not named:
                    raise
                self.refused.add(named)

    def body(self, ask: Ask) -> dict[str, Any]:
        """What is sent for a call."""
        body = ask.sent(self.model)
        if ask.read == "chat":
            body |= {"stream": True, "stream_options": {"include_usage": True}} if self.options.stream else {}
            body |= {"logprobs": True} if self.options.logprobs else {}
        if "max_tokens" in self.refused and "max_tokens" in body and ask.read == "chat":
            body["max_completion_tokens"] = body.pop("max_tokens")
        kept = {name: value for name, value in body.items() if name not in self.refused}
        if "stream" not in kept:
            kept.pop("stream_options", None)
        return kept

    def answered(self, cohort: int, seconds: float) -> None:
        """It answered."""
        self.alive()
        self.slots.pace.answered(cohort, seconds)

    def alive(self) -> None:
        """It answers."""
        self.breaker.ok()
        self.busy_since = None

    def failed(self, fault: Fault, cohort: int, sent: float, wait_s: float) -> None:
        """It did not; the breaker and the pace learn of it."""
        now = asyncio.get_running_loop().time()
        self.slots.pace.failed(cohort)
        if fault.kind in ("key", "quota", "missing"):
            self.fatal = fault
            self.give_up()
        elif fault.kind == "busy":
            self.slots.pace.refused(now, sent, wait_s)
            self.busy_since = self.busy_since or sent
            if now - self.busy_since > self.options.patience_s:
                self.give_up(f"for {now - self.busy_since:.3g} s it has only asked to wait ({fault.detail})")
        elif fault.again and self.breaker.failed(fault.detail, now):
            self.give_up()

    def give_up(self, why: str = "") -> None:
        """Not this one for a while: who waits for it asks the next. In: why, where the breaker cannot tell."""
        self.stalled = why
        self.breaker.trip(asyncio.get_running_loop().time())
        self.slots.wake(GivenUp())

    def usable(self, now: float) -> bool:
        """Whether calls go here."""
        return self.fatal is None and not self.breaker.open(now)

    def told(self) -> str:
        """Why it is not, in words."""
        why = self.fatal.detail if self.fatal else self.stalled or self.breaker.told()
        return f"{self.name} at {self.address.host}: {why}"

    def _named(self, fault: Fault, body: Mapping[str, Any]) -> str:
        """The field that a refusal is about, where the call can do without it."""
        if fault.kind != "bad":
            return ""
        if "max_tokens" in body and "max_completion_tokens" in fault.detail:
            return "max_tokens"
        words = set(re.findall(r"\w+", fault.detail))
        return next((name for name in OPTIONAL if name in body and name in words), "")
