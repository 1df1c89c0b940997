"""A memory that many writers share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lamarck.core import By, Entry
from lamarck.likeness.embedder import Embedder
from lamarck.likeness.ngrams import NGrams
from lamarck.memory.address import Address, address
from lamarck.memory.entries import NOWHERE
from lamarck.memory.files import card_of
from lamarck.memory.lines import line
from lamarck.memory.on_server import Asked
from lamarck.memory.postgres import PAST, Postgres
from lamarck.memory.segment import segment
from lamarck.memory.version import Version
from lamarck.memory.versions import Versions


class Shared:
    """A name in a database for the version that its writers have come to; all versions stay readable.

    A write is the next version and the move of the name to it, in one transaction, if nobody has moved it since it was
    read. Who comes too late adds the same on top of what the others wrote, so no write that returned is ever lost.
    """

    def __init__(self, where: str | Address, embedder: Embedder | None = None, *, past: int = PAST) -> None:
        """In: the entries past which the server searches with an index. Raises: UsageError for a bad address,
        MissingExtra without psycopg."""
        self.address = address(where) if isinstance(where, str) else where
        self._server, self._embedder = Postgres(self.address, past), embedder or NGrams()
        self.versions = Versions(self._server, self._embedder)
        """All versions in the database, of this memory and of others."""

    @property
    def version(self) -> str:
        """The name of the version it is at now; "" before the first write."""
        return self._server.head(self.address.name)

    @property
    def vectors(self) -> str:
        """Name of what made its vectors; "" before the first write."""
        head = self.version
        return self._server.load(head)[0].embedder if head else ""

    def now(self) -> Version:
        """What it holds now."""
        return self.versions.open(self.version)

    def search(
        self, query: str, k: int, /, *, kind: str = "", by: By = "meaning", superseded: bool = False
    ) -> list[Entry]:
        """What ``now().search`` finds. By meaning the server looks, where it has pgvector, and nothing is loaded."""
        if by == "meaning":
            named = {"head": self.address.name, "embedder": self._embedder.name}
            vector = self._embedder([query])[0]
            asked = Asked(**named, vector=vector, k=k, kind=kind, superseded=superseded)
            found = self._server.nearest(asked)
            if found is not None:
                return found
        return self.now().search(query, k, kind=kind, by=by, superseded=superseded)

    def add(self, entries: Sequence[Entry], *, forget: Sequence[Entry] = (), once: str = "") -> str:
        """Add entries, and leave out those equal to one of ``forget``; what is gone already is no error.

        In: ``once`` names the write: the second of a name does nothing. Out: the version that the write made, the
        present one where nothing changes. It is kept for good when this returns. Raises: PausedRun where the server
        is gone.
        """
        if once and (made := self._server.moved(self.address.name, once)):
            return made
        added = segment(entries, self._embedder)
        while True:  # whoever is late was overtaken by a write, so among all of them one always succeeds
            head = self.version
            before = self.versions.open(head).entries
            gone = np.unique(np.concatenate([NOWHERE, *before.find(forget)]))
            if not entries and not len(gone):
                return head
            card = card_of(head, self._embedder.name, added, tuple(gone.tolist()))
            if self._server.move(self.address.name, card, added, before, once=once):
                return card.name

    def publish(self, before: Version, after: Version, *, once: str = "") -> str:
        """Add what ``after`` holds beyond ``before``, and leave out what it no longer holds. Out: as of ``add``."""
        old, new = (Counter(line(entry) for entry in each.entries) for each in (before, after))
        # to forget takes all that are equal, so of what became fewer the rest is added again
        fewer = {said for said, number in old.items() if new[said] < number}
        wanted = {said: number - (0 if said in fewer else old[said]) for said, number in new.items()}
        added, gone = list[Entry](), dict[bytes, Entry]()
        for entry in after.entries:
            if wanted[said := line(entry)] > 0:
                wanted[said] -= 1
                added.append(entry)
        for entry in before.entries if fewer else ():
            if (said := line(entry)) in fewer:
                gone[said] = entry
        return self.add(added, forget=list(gone.values()), once=once)

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()
