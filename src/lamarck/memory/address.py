"""Where a shared memory is: a Postgres database, and the name of one of the memories in it. Never a password."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lamarck.core import UsageError

SCHEMES = ("postgresql:", "postgres:")
"""How an address begins."""
FORM = re.compile(
    r"(?P<url>postgres(?:ql)?://(?:[^:@/?#\s]*@)?"
    r"(?:(?:[\w.%-]+|\[[\da-fA-F:.]+\])(?::\d+)?(?:,[\w.%-]+(?::\d+)?)*)?"
    r"(?:/[\w.%+-]*)?(?:\?[\w.,:/%&=+~-]*)?)(?:#(?P<name>[\w.-]{1,63}))?"
)
SECRET = re.compile(r"[?&](?:ssl)?password=", re.IGNORECASE)
USUAL = "main"
"""The memory of an address that names none."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """What may be shown and written down."""

    url: str
    """As libpq reads it."""
    name: str

    def __str__(self) -> str:
        return f"{self.url}#{self.name}"


def is_address(text: str) -> bool:
    """Whether a text means a shared memory, well written or not."""
    return text.startswith(SCHEMES)


def address(text: str) -> Address:
    """The address in a text: ``postgresql://USER@HOST:PORT/DATABASE#NAME``; all but the scheme may be left out.

    Raises: UsageError for any other text, which is not shown: it may hold a password.
    """
    found = FORM.fullmatch(text)
    if not found or SECRET.search(text):
        raise UsageError(
            "--memory: that is no address of a shared memory, or it holds a password; type "
            "postgresql://USER@HOST:PORT/DATABASE#NAME, and give the password in PGPASSWORD or in ~/.pgpass"
        )
    return Address(url=found["url"], name=found["name"] or USUAL)
