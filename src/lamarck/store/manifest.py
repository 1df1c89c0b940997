"""Which phases are committed, and the digest of every file they consist of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lamarck.core import Phase
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse, write
from lamarck.store.disk import damaged, digest

MANIFEST = "manifest.json"
_codec = Codec()


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How a file is known again."""

    digest: str
    """SHA-256 in hex."""
    bytes: int
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One committed phase: its address, what it holds and its files, by path in the run folder."""

    phase: Phase
    kind: str
    """"Harvest", "Learner", "Scorecards", "Verdict" or "Choice"."""
    files: Mapping[str, Mark]
    """The phase's own files first."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The committed phases in the order they were committed. A file nobody lists does not exist."""

    entries: tuple[Entry, ...] = field(default=())

    def find(self, phase: Phase) -> Entry | None:
        """The phase's entry, if it is committed."""
        return next((entry for entry in self.entries if entry.phase == phase), None)

    def add(self, entry: Entry) -> Manifest:
        """The manifest with one more entry."""
        return Manifest(entries=(*self.entries, entry))

    def text(self) -> str:
        """An entry a line, each with a check of its own, so that damage to one leaves the others readable."""
        lines = [f'{{"check":"{_check(line)}",{line[1:]}' for line in map(_codec.dump, self.entries)]
        return '{"format":1,"entries":[\n' + ",\n".join(lines) + "\n]}\n"


def read(root: Path, *, salvage: bool = False) -> Manifest:
    """The manifest of a run folder; empty where nothing is committed yet.

    ``salvage`` keeps the entries before the first damaged one. Raises: DamagedRun without it.
    """
    try:
        raw = (root / MANIFEST).read_bytes()
    except FileNotFoundError:
        return Manifest()
    entries = list[Entry]()
    try:
        text = raw.decode(errors="replace")
        for line in text.splitlines()[1:-1]:
            found = parse(line.removesuffix(","))
            if found.pop("check") != _check(write(found)):
                raise Malformed("does not fit its check", f"entry {len(entries)}")
            entries.append(_codec.decode(Entry, found))
        if Manifest(entries=tuple(entries)).text() != text:
            raise Malformed("is cut off or changed")
    except (Malformed, KeyError, TypeError, AttributeError) as error:
        if not salvage:
            raise damaged(root, MANIFEST, f"is damaged ({error})") from error
    return Manifest(entries=tuple(entries))


def fetch(root: Path, name: str, mark: Mark) -> bytes:
    """A committed file's bytes. Raises: DamagedRun where they are not those that were committed."""
    try:
        data = (root / name).read_bytes()
    except OSError as error:
        raise damaged(root, name, _lost(error)) from error
    if len(data) != mark.bytes:
        raise damaged(root, name, f"has {len(data):,} bytes instead of {mark.bytes:,}")
    if digest(data) != mark.digest:
        raise damaged(root, name, "is damaged: its content is not what was committed")
    return data


def _lost(error: OSError) -> str:
    return "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"


def _check(line: str) -> str:
    return digest(line.encode())[:16]
