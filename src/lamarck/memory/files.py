"""A version as files: what it added, the vectors, and last the card that makes them count.

Entries are JSON lines and not Parquet: the codec's own text is exact for any experience, a line can be
decoded alone when it is recalled, and no heavy library is needed to read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Protocol, runtime_checkable

from lamarck.core import DamagedRun, UsageError
from lamarck.data.strict import Malformed, parse, write
from lamarck.memory.arrays import from_npy, npy
from lamarck.memory.lines import CODEC
from lamarck.memory.segment import Runs, Segment

MEMORY = "memory"
"""The folder in a run."""
CARD, ENTRIES, VECTORS = "version.json", "entries.jsonl", "vectors.npy"
"""What each version's folder in it holds."""


class Disk(Protocol):
    """Writes a run's files whole and for good; the store's does."""

    @property
    def root(self) -> Path:
        """The run folder."""
        ...

    def write(self, path: Path, data: bytes) -> None:
        """Replace a file as a whole, on the disk when this returns; make its folder."""
        ...


@dataclass(frozen=True)
class ReadOnly:
    """Another run's folder, which is looked at only."""

    root: Path

    def write(self, path: Path, data: bytes) -> None:
        """Raises: UsageError, always."""
        raise UsageError(f"{path} belongs to another run, and only its own process writes to it")


@runtime_checkable
class Keep(Protocol):
    """Where versions lie for good."""

    def save(self, card: Card, added: Segment, /) -> None:
        """Keep a version: killed on the way, it leaves the whole of it or nothing."""
        ...

    def load(self, name: str, /) -> tuple[Card, Segment]:
        """A version's card and what it added. Raises: DamagedRun, UsageError where there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a version is."""

    parent: str
    embedder: str
    entries: str
    """SHA-256 of the added entries' lines."""
    removed: tuple[int, ...]
    """Places of what was forgotten, among the parent's entries."""
    vectors: str
    """SHA-256 of the file of vectors. They follow from the entries, so they are not part of the name."""
    runs: Runs

    @property
    def name(self) -> str:
        """The version's name: sixteen hex digits over all that it holds."""
        return _digest(write([self.parent, self.embedder, self.entries, list(self.removed)]).encode())[:16]


def card_of(parent: str, embedder: str, added: Segment, removed: tuple[int, ...]) -> Card:
    """The card of what is to be written."""
    entries, vectors = _digest(added.raw), _digest(*npy(added.vectors))
    return Card(parent=parent, embedder=embedder, entries=entries, removed=removed, vectors=vectors, runs=added.runs)


def packed(card: Card, added: Segment) -> dict[str, bytes]:
    """What a version's files hold, the card last."""
    text = CODEC.dump(card)
    told = f'{{"check":"{_digest(text.encode())}",{text[1:]}\n'.encode()
    return {ENTRIES: added.raw, VECTORS: b"".join(npy(added.vectors)), CARD: told}


@dataclass(frozen=True)
class Folder:
    """Versions in the folder ``memory`` of a run."""

    disk: Disk

    def save(self, card: Card, added: Segment, /) -> None:
        """Write a version. Killed on the way, it leaves none: the card comes last."""
        for name, data in packed(card, added).items():
            self.disk.write(self.disk.root / MEMORY / card.name / name, data)

    def load(self, name: str, /) -> tuple[Card, Segment]:
        """A version's card and what it added, the vectors mapped. Raises: DamagedRun naming the file."""
        root = self.disk.root
        folder = root / MEMORY / name
        with _named(root, folder / CARD):
            card = unpacked(name, (folder / CARD).read_bytes())
        with _named(root, folder / ENTRIES):
            raw = (folder / ENTRIES).read_bytes()
            same(raw, card.entries)
        with _named(root, folder / VECTORS), (folder / VECTORS).open("rb") as file:
            _same(hashlib.file_digest(file, "sha256").hexdigest(), card.vectors)
            vectors = from_npy(mmap(file.fileno(), 0, access=ACCESS_READ))
        return card, Segment(raw, vectors, card.runs, str(folder / ENTRIES))


def unpacked(name: str, data: bytes) -> Card:
    """The card of a version. Raises: Malformed where it is none, or another's."""
    card = _card(data)
    if card.name != name:
        raise Malformed(f"is the card of version {card.name}")
    return card


def same(data: bytes, digest: str) -> None:
    """Nothing where this is what was committed. Raises: Malformed."""
    _same(_digest(data), digest)


@contextmanager
def _named(root: Path, path: Path) -> Generator[None]:
    """Turn what is wrong with a file into the error that names it and says what to type."""
    try:
        yield
    except OSError as error:
        what = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DamagedRun(f"{path} {what}; type: lamarck resume {root} --repair") from error
    except Malformed as error:
        raise DamagedRun(f"{path} is damaged ({error}); type: lamarck resume {root} --repair") from error


def _card(data: bytes) -> Card:
    match parse(data):
        case {"check": str(check), **rest} if _digest(write(rest).encode()) == check:
            return CODEC.decode(Card, rest)
        case _:
            raise Malformed("does not fit its check")


def _same(found: str, digest: str) -> None:
    if found != digest:
        raise Malformed("its content is not what was committed")


def _digest(*data: bytes | memoryview) -> str:
    found = hashlib.sha256()
    for part in data:
        found.update(part)
    return found.hexdigest()
