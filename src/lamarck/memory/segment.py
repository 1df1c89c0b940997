"""What one commit added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lamarck.core import Entry
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.memory.buckets import buckets
from lamarck.memory.lines import CODEC, lines
from lamarck.memory.words import Postings, postings

BEFORE_TEXT = len('{"text":')
_JSON = json.JSONDecoder()
Runs = tuple[tuple[str, int], ...]
"""A kind, and how many entries in a row are of it."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Entries as lines of JSON, and their vectors. An entry is decoded when it is first asked for."""

    raw: bytes
    vectors: Floats
    runs: Runs
    file: str = ""
    """Where the lines lie, for errors."""
    _known: dict[int, Entry] = field(default_factory=dict[int, Entry], repr=False)

    def __len__(self) -> int:
        return len(self.vectors)

    def of(self, kind: str) -> NDArray[np.bool_]:
        """For each entry whether it is of this kind."""
        found = np.array([one == kind for one, _ in self.runs], np.bool_)
        return np.repeat(found, np.array([n for _, n in self.runs], np.int64))

    def line(self, at: int) -> bytes:
        """An entry as it is written; equal entries are equal lines."""
        return self.raw[self._ends[at] + 1 : self._ends[at + 1]]

    def entry(self, at: int) -> Entry:
        """The entry of a line. Raises: Malformed naming file and line, where it is none."""
        if at not in self._known:
            self._known[at] = CODEC.load(Entry, self.line(at), file=f"{self.file}:{at + 1}")
        return self._known[at]

    def text(self, at: int) -> str:
        """An entry's text, read alone: far quicker than the whole entry."""
        if at in self._known:
            return self._known[at].text
        text: str
        text, _ = _JSON.raw_decode(self.line(at).decode(), BEFORE_TEXT)
        return text

    @cached_property
    def postings(self) -> Postings:
        """Which words stand where."""
        return postings([self.text(at) for at in range(len(self))])

    @cached_property
    def buckets(self) -> NDArray[np.int64]:
        """The bucket of each entry."""
        return buckets(self.vectors)

    @cached_property
    def superseded(self) -> NDArray[np.bool_]:
        """For each entry whether another one holds instead."""
        found, mark = np.zeros(len(self), np.bool_), b',"status":"'
        at = self.raw.find(mark)
        while at >= 0:  # in a line, but perhaps in its experience
            row = int(np.searchsorted(self._ends, at)) - 1
            found[row] = bool(self.entry(row).status)
            at = self.raw.find(mark, int(self._ends[row + 1]))
        return found

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        newlines = np.flatnonzero(np.frombuffer(self.raw, np.uint8) == ord("\n"))
        return np.concatenate([np.array([-1]), newlines])


def segment(entries: Sequence[Entry], embedder: Embedder) -> Segment:
    """The segment of these entries."""
    runs = tuple((kind, len(list(some))) for kind, some in groupby(entry.kind for entry in entries))
    return Segment(lines(entries), embedder([entry.text for entry in entries]), runs)
