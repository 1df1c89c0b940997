"""All versions of a run's memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import numpy as np

from lamarck.core import DamagedRun, Entry, UsageError, unknown
from lamarck.likeness.embedder import Embedder
from lamarck.likeness.ngrams import NGrams
from lamarck.memory.files import Card, Disk, Folder, Keep, card_of
from lamarck.memory.indexes import PAST, Indexes
from lamarck.memory.segment import Segment, segment
from lamarck.memory.version import Version

NAME = re.compile(r"[0-9a-f]{16}")


class Versions:
    """Core's ``Memories``: in the folder ``memory`` of a run, or where they are kept instead; without either in this
    process alone.

    A version is what its parent is, without what was forgotten, and with what was added. Its name is
    a hash of that, so that the same commit gives the same name, whoever makes it and how often.
    Every version stays readable: to roll back is to open an older one. Versions of more than ``past``
    entries are searched with an index.
    """

    def __init__(self, disk: Disk | Keep | None = None, embedder: Embedder | None = None, *, past: int = PAST) -> None:
        folder = None if isinstance(disk, Keep) else disk
        self._keep = disk if isinstance(disk, Keep) else Folder(disk) if disk else None
        self._embedder = embedder or NGrams()
        self._open = {"": Version("", self._embedder, indexes=Indexes(folder, past))}
        self._lock = threading.RLock()

    def open(self, version: str, /) -> Version:
        """The memory as it was at a version; "" is the empty one.

        Raises: DamagedRun naming a file that is not what it was; UsageError where no version can have
        this name, or another embedder made it.
        """
        with self._lock:
            at, missing = version, list[tuple[Card, Segment]]()
            while at not in self._open:
                missing.append(self._load(at))
                at = missing[-1][0].parent
            for card, added in reversed(missing):
                self._open[card.name] = self._made(card, added)
            return self._open[version]

    def commit(self, version: str, entries: Sequence[Entry], /, *, forget: Sequence[Entry] = ()) -> str:
        """Add entries to a version, and leave out those equal to one of ``forget``.

        Out: the new version's name; the old one where nothing changes. Raises: UsageError for an entry
        to forget that is not there; PausedRun where the disk is full.
        """
        with self._lock:
            gone = self.open(version).places(forget)
            if not entries and not len(gone):
                return version
            added = segment(entries, self._embedder)
            card = card_of(version, self._embedder.name, added, tuple(gone.tolist()))
            if not self._is_whole(card.name):
                if self._keep:
                    self._keep.save(card, added)
                self._open[card.name] = self._made(card, added)
            return card.name

    def take(self, other: Versions, version: str, /) -> None:
        """Make a version of another run's memory, and all it stands on, a version of this one."""
        with self._lock:
            at, chain = version, list[tuple[Card, Segment]]()
            while at and not self._is_whole(at):
                chain.append(other._load(at))
                at = chain[-1][0].parent
            for card, added in reversed(chain):
                if self._keep:
                    self._keep.save(card, added)
                self._open[card.name] = self._made(card, added)

    def _is_whole(self, name: str) -> bool:
        """Whether this version is there already; a damaged one is written again."""
        if not self._keep:
            return name in self._open
        try:
            self.open(name)
        except DamagedRun:
            return False
        return True

    def _load(self, name: str) -> tuple[Card, Segment]:
        if not self._keep or not NAME.fullmatch(name):
            raise unknown("version of the memory", name, filter(None, self._open))
        card, added = self._keep.load(name)
        if card.embedder != self._embedder.name:
            raise UsageError(
                f"version {name} of the memory has vectors of {card.embedder}, and this run reads them with "
                f"{self._embedder.name}; open it with the embedder it was made with"
            )
        return card, added

    def _made(self, card: Card, added: Segment) -> Version:
        return self._open[card.parent].next(card.name, added, np.array(card.removed, np.int64))
