"""What can go wrong with a call, as one type with a kind: whether to send again, and when."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from typing import Any, Literal, cast

Kind = Literal["busy", "server", "slow", "broken", "malformed", "model", "redirect", "key", "missing", "bad", "quota"]
"""busy: asked to wait. server: 5xx and the like. slow: over its time. broken: cut off. malformed: no answer in what
came. model: another one answered. redirect: sent elsewhere. key, quota: refused for all. missing: no such model.
bad: this one call cannot be."""
AGAIN = frozenset(("busy", "server", "slow", "broken", "malformed", "model", "redirect"))
"""Kinds after which a call is sent again."""
QUOTA = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
"""What a 429 says where no waiting helps."""


class Fault(Exception):
    """One sending of a call that gave no answer."""

    def __init__(
        self, kind: Kind, detail: str, status: int = 0, after_s: float | None = None, *, tokens: int = 0
    ) -> None:
        """In: what was seen, in a line, without anything secret; how long the server asks to wait; the tokens
        that had come by then and may be billed."""
        super().__init__(detail)
        self.kind, self.detail, self.status, self.after_s, self.tokens = kind, detail, status, after_s, tokens

    @property
    def again(self) -> bool:
        """Whether to send the call once more."""
        return self.kind in AGAIN


def of_status(status: int, body: Any, headers: Mapping[str, str], raw: str) -> Fault:
    """The fault of a reply that is no success. In: its body, parsed where it is JSON, and its text."""
    said = message_of(body) or plain(raw)
    detail = f"HTTP {status}{f': {said}' if said else ''}"
    if status == 429:
        kind: Kind = "quota" if any(word in f"{body}" for word in QUOTA) else "busy"
        return Fault(kind, detail, status, retry_after(headers.get("Retry-After")))
    if status == 503 and (after := retry_after(headers.get("Retry-After"))) is not None:
        return Fault("busy", detail, status, after)
    if status in (401, 403):
        return Fault("key", detail, status)
    if status == 402:
        return Fault("quota", detail, status)
    if status in (404, 405):
        return Fault("missing", detail, status)
    if status in (408, 409, 425) or status >= 500:
        return Fault("server", detail, status)
    return Fault("bad", detail, status)


def retry_after(text: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms; None where it says nothing usable."""
    if text is None:
        return None
    try:
        return max(float(text), 0.0) if text.strip().lower() not in ("nan", "inf", "infinity") else None
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def message_of(body: Any) -> str:
    """The words of an error in a reply's JSON, in whichever place servers put them."""
    if not isinstance(body, dict):
        return ""
    said = cast("dict[str, Any]", body)
    error: object = said.get("error", said.get("detail"))
    if isinstance(error, dict):
        error = cast("dict[str, object]", error).get("message") or cast("object", error)
    return plain(str(error or said.get("message") or ""))


def plain(text: str, most: int = 300) -> str:
    """The start of what a server said on one line that no terminal minds."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return line if len(line) <= most else f"{line[:most]}..."
