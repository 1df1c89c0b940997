"""Where an endpoint is and what opens it: a checked address, and a key that nothing prints."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from lamarck.core import UsageError
from lamarck.data.secrets import SHORTEST

OPENAI = "api.openai.com"
"""The host that wants a key whatever else is said."""
VARIABLE = "OPENAI_API_KEY"
"""The environment variable that holds the key unless the user names another."""
HIDDEN = "***"


@dataclass(frozen=True, kw_only=True)
class Address:
    """The part of an endpoint's URL that every call has, such as ``http://127.0.0.1:8000/v1``."""

    url: str
    host: str
    """With its port where one is given."""

    @property
    def name(self) -> str:
        """The host without its port."""
        return urlsplit(self.url).hostname or self.host


class Key:
    """A secret: no text that Python makes of it shows it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self) -> dict[str, str]:
        """The header that carries it; none where there is no key."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def hide(self, raw: bytes) -> bytes:
        """What a server said without the key, should it repeat it.

        A key of a few letters, as servers without keys are given (``none``, ``ollama``), is a word of harmless answers
        too and no secret: it is left there.
        """
        secret = self._value.encode()
        return raw.replace(secret, HIDDEN.encode()) if len(secret) >= SHORTEST and secret in raw else raw

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a key is never written anywhere")


def address(text: str, *, plain: bool = False) -> Address:
    """The address a user typed. In: ``plain`` allows http to hosts beyond this machine.

    Raises: UsageError for anything but http(s), for one that holds a password or a query, for plain http to another
    machine, and for the addresses machines in a cloud keep their own credentials at.
    """
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host, _ = parts.hostname, parts.port  # a port that is no number raises
    except ValueError as error:
        raise UsageError(f"--base-url: is no address ({error}); give one such as http://127.0.0.1:8000/v1") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"--base-url {_shown(parts)}: give an http or https address, as http://127.0.0.1:8000/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        cure = f"keep the key in the environment ({VARIABLE}) and give the address without it"
        raise UsageError(f"--base-url {_shown(parts)}: holds more than an address, perhaps a secret; {cure}")
    if is_link_local(host):
        raise UsageError(f"--base-url {_shown(parts)}: is a link-local address, where no model answers")
    if parts.scheme == "http" and not is_loopback(host) and not plain:
        cure = "use https, or allow it in a network you trust: --endpoint allow_http=true"
        raise UsageError(
            f"--base-url {_shown(parts)}: plain http to another machine shows the key to all between; {cure}"
        )
    return Address(url=f"{parts.scheme}://{parts.netloc}{parts.path}", host=parts.netloc)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name or number."""
    number = _number(host)
    return number.is_loopback if number else host == "localhost" or host.endswith(".localhost")


def is_link_local(host: str) -> bool:
    """Whether a host is one of those that only the next machine knows (169.254.0.0/16, fe80::/10)."""
    number = _number(host)
    return bool(number and number.is_link_local) or host == "metadata.google.internal"


def key_of(where: Address, variables: Mapping[str, str], main: str, environment: Mapping[str, str] = os.environ) -> Key:
    """The key for an address, from the environment.

    In: host -> the variable that holds its key, and the host of the base URL. ``OPENAI_API_KEY`` goes to OpenAI and
    to the base URL's host alone: a fallback elsewhere gets a key only where the user names its variable. Raises:
    UsageError where a key is surely needed and not there, or is no header.
    """
    named = variables.get(where.host) or variables.get(where.name)
    variable = named or (VARIABLE if where.name == OPENAI or where.host == main else "")
    value = environment.get(variable, "").strip() if variable else ""
    if not value and (named or where.name == OPENAI):
        raise UsageError(f"{where.host} wants a key, and {variable} is not set; type: export {variable}=...")
    if not value.isascii() or not value.isprintable():
        raise UsageError(f"the key in {variable} holds characters that no key has; set it again")
    return Key(value)


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _shown(parts: SplitResult) -> str:
    """An address without what may be secret in it."""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
