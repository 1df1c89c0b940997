"""What one dialogue sees of the memory, and writes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from lamarck.core import By, Entry
from lamarck.memory.entries import NOWHERE

if TYPE_CHECKING:
    from lamarck.memory.entries import Entries
    from lamarck.memory.version import Version


class Session:
    """A version with a dialogue's own writes on top; the version itself does not change.

    What it wrote leaves as data: ``memories.commit(version, session.writes, forget=session.forgotten)``.
    """

    def __init__(self, stream: str, base: Version) -> None:
        self.stream = stream
        self._base = self._now = base
        self._writes, self._forgotten = tuple[Entry, ...](), tuple[Entry, ...]()
        self._lock = threading.Lock()

    def add(self, *entries: Entry) -> None:
        """Remember these, from now on, in this dialogue."""
        with self._lock:
            self._now = self._now.plus(entries, NOWHERE)
            self._writes += entries

    def forget(self, *entries: Entry) -> None:
        """Know these no more, in this dialogue. Raises: UsageError for one that is not here."""
        with self._lock:
            self._now = self._now.plus((), self._now.places(entries))
            old = [len(rows) > 0 for rows in self._base.entries.find(entries)]
            known = [e for e, is_old in zip(entries, old, strict=True) if is_old and e not in self._forgotten]
            self._writes = tuple(entry for entry in self._writes if entry not in entries)
            self._forgotten += tuple(known)

    @property
    def writes(self) -> tuple[Entry, ...]:
        """What the dialogue added and did not take back, in order."""
        return self._writes

    @property
    def forgotten(self) -> tuple[Entry, ...]:
        """What the dialogue forgot of the version it began with."""
        return self._forgotten

    @property
    def entries(self) -> Entries:
        """What the dialogue knows now."""
        return self._now.entries

    def search(
        self,
        query: str,
        k: int,
        /,
        *,
        kind: str = "",
        where: Callable[[Entry], bool] | None = None,
        by: By = "meaning",
        within: int | None = None,
        superseded: bool = False,
    ) -> list[Entry]:
        """The k best entries, best first, its own writes among them; see ``Version.search``."""
        return self._now.search(query, k, kind=kind, where=where, by=by, within=within, superseded=superseded)

    def bucket(self, text: str, /) -> int:
        """The bucket of a text."""
        return self._now.bucket(text)

    def spread(
        self, query: str, k: int, groups: int, /, *, kind: str = "", where: Callable[[Entry], bool] | None = None
    ) -> list[list[Entry]]:
        """The k nearest entries of each of so many clusters of what the dialogue knows now."""
        return self._now.spread(query, k, groups, kind=kind, where=where)

    def session(self, stream: str, /) -> Session:
        """An overlay on top of this one, as it is now."""
        return Session(stream, self._now)
