"""A plan of shots as text, and as data."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(r"^\s*shot\b", re.IGNORECASE)
FORM = re.compile(r"shot\s+(\d{1,4})\s*\|\s*(\w+)\s*\|\s*(\d{1,4})\s*s\s*\|([^|]*)\|(.+)", re.IGNORECASE)
SIZES = ("wide", "medium", "close")
"""How near the camera is."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One line of a plan: ``shot 1 | wide | 4 s | Ada, Ben | They wait at the pier.``"""

    number: int
    size: str
    seconds: int
    people: tuple[str, ...]
    """Whom it shows, by name."""
    shows: str
    """What happens in it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The shots of a text in order, and the lines that say they are one and cannot be read."""

    shots: tuple[Shot, ...]
    unread: tuple[str, ...]


def shots(text: str) -> Plan:
    """The plan in a text; lines that do not begin with "shot" are no part of it."""
    found, unread = list[Shot](), list[str]()
    for line in filter(LINE.match, text.splitlines()):
        match = FORM.fullmatch(line.strip())
        if match is None or match[2].lower() not in SIZES:
            unread.append(line.strip())
            continue
        people = tuple(name.strip() for name in match[4].split(",") if name.strip())
        number, seconds = int(match[1]), int(match[3])
        found.append(Shot(number=number, size=match[2].lower(), seconds=seconds, people=people, shows=match[5].strip()))
    return Plan(shots=tuple(found), unread=tuple(unread))
