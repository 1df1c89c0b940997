"""A folder or file of documents as one corpus of passages, with an account of what was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamarck.core import UsageError
from lamarck.data import rows
from lamarck.data.documents import blocks
from lamarck.data.documents.blocks import Block
from lamarck.data.documents.passages import Passage, Window, length, passages
from lamarck.data.documents.pdf import pdf
from lamarck.data.rows import Bad

TEXTS = {".txt": blocks.plain, ".text": blocks.plain, ".md": blocks.markdown, ".markdown": blocks.markdown,
         ".html": blocks.html, ".htm": blocks.html}  # fmt: skip
TABLES = (".jsonl", ".ndjson")
PDF = ".pdf"
SUFFIXES = (*TEXTS, *TABLES, PDF)
LARGEST = 200_000_000
"""Bytes a document may have."""
COLUMNS = ("text", "content", "document", "passage", "body", "markdown")
"""Where a row of JSON lines has its text."""
SHOWN = 20
"""Names that an account lists."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """What the documents hold."""

    name: str
    mark: str
    """The path with the digest of all that was read, ``PATH#sha256:...``: what a run keeps to find it again."""
    passages: tuple[Passage, ...]
    documents: int
    empty: tuple[str, ...]
    """Documents without any text, such as scanned PDFs."""
    other: tuple[str, ...]
    """Files of kinds that are not read."""
    bad: tuple[str, ...]
    """Documents, or rows, that could not be read, and why."""
    short: int
    """Passages below the window."""
    duplicates: int
    """Passages of the same words as an earlier one."""

    @property
    def account(self) -> Mapping[str, Any]:
        """What became of the documents, for the event log and for people: counts, and names of what gave nothing."""
        named = {"empty": self.empty, "not read": self.other, "bad": self.bad}
        return {
            "documents": self.documents,
            "passages": len(self.passages),
            "short": self.short,
            "duplicates": self.duplicates,
            **{kind: len(names) for kind, names in named.items()},
            "names": {kind: list(names[:SHOWN]) for kind, names in named.items() if names},
        }


def read(name: str, *, window: Window | None = None, skip_bad: bool = False) -> Corpus:
    """The corpus of a folder, a file, or a mark of either; files in the order of their names, links passed over.

    Raises: UsageError for what is not there, cannot be read (unless ``skip_bad``), holds no passage, or was changed
    since it was marked.
    """
    source, _, digest = name.partition("#sha256:")
    root, window = Path(source), window or Window()
    files, other = _files(root)
    mark, kept, empty, bad, short, duplicates = hashlib.sha256(), dict[str, Passage](), list[str](), list[str](), 0, 0
    for file in files:
        called = file.relative_to(root).as_posix() if root.is_dir() else file.name
        mark.update(f"{called}\x1f{_digest(file)}\x1f".encode())
        found, faults = _read(file)
        bad += [f"{called}{fault}" for fault in faults]
        if not found and not faults:
            empty.append(called)
        for passage in passages(called, found, window):
            if length(passage.text) < window.least:
                short += 1
            elif passage.key in kept:
                duplicates += 1
            else:
                kept[passage.key] = passage
    if digest and digest != mark.hexdigest():
        raise UsageError(f"{source} was changed since the run began; bring it back, or start anew with --out")
    corpus = Corpus(
        name=root.resolve().stem, mark=f"{root.resolve()}#sha256:{mark.hexdigest()}", passages=tuple(kept.values()),
        documents=len(files), empty=tuple(empty), other=other, bad=tuple(bad), short=short, duplicates=duplicates,
    )  # fmt: skip
    _sound(root, corpus, window, skip_bad=skip_bad)
    return corpus


def _sound(root: Path, corpus: Corpus, window: Window, *, skip_bad: bool) -> None:
    """Nothing for a corpus that can serve. Raises: UsageError that says what is wrong and what to type."""
    if corpus.bad and not skip_bad:
        more = f"\n... and {len(corpus.bad) - 3:,} more" if len(corpus.bad) > 3 else ""
        raise UsageError("\n".join(corpus.bad[:3]) + f"{more}\nin {root}; type: --skip-bad to leave them out")
    if corpus.passages:
        return
    parts = {"documents": corpus.documents, "empty": len(corpus.empty), "cannot be read": len(corpus.bad),
             "passages too short": corpus.short, "files of other kinds": len(corpus.other)}  # fmt: skip
    told = ", ".join(f"{count:,} {what}" for what, count in parts.items() if count or what == "documents")
    raise UsageError(
        f"{root} gives no passage of {window.least:,} words or more: {told}; "
        f"give {', '.join(SUFFIXES)}, or shorter ones: --passages 5-400"
    )


def _files(root: Path) -> tuple[list[Path], tuple[str, ...]]:
    """What can be read, and the names of what cannot. Raises: UsageError where nothing is there."""
    if root.is_file():
        if root.suffix.lower() not in SUFFIXES:
            raise UsageError(
                f"{root}: {root.suffix or 'no suffix'} is not read; give {', '.join(SUFFIXES)}, or a folder"
            )
        return [root], ()
    if not root.is_dir():
        raise UsageError(f"no such file or folder: {root}; give documents: {', '.join(SUFFIXES)}")
    shown = [path for path in sorted(root.rglob("*")) if not _hidden(path.relative_to(root)) and not path.is_symlink()]
    files = [path for path in shown if path.is_file()]
    known = [path for path in files if path.suffix.lower() in SUFFIXES]
    return known, tuple(path.relative_to(root).as_posix() for path in files if path not in set(known))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: is over {LARGEST:,} bytes; give a part of it")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _read(path: Path) -> tuple[list[Block], list[str]]:
    """A document's paragraphs, and what is wrong with it or with rows of it."""
    try:
        if path.suffix.lower() in TABLES:
            made = [_of_row(each) for each in rows.stream(path)]
            faults = [one for one in made if isinstance(one, str)]
            return [block for one in made if not isinstance(one, str) for block in one], faults
        found = list(pdf(path) if path.suffix.lower() == PDF else TEXTS[path.suffix.lower()](_text(path)))
        return [block for block in found if "\x00" not in block.text], []
    except ValueError as error:
        return [], [f": {error}"]


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is no UTF-8; save it as UTF-8") from error
    if "\x00" in text:
        raise ValueError("holds NUL characters, so it is no text")
    return text


def _of_row(found: tuple[int, rows.Row] | Bad) -> list[Block] | str:
    """A row's paragraphs under its title, or what is wrong with it."""
    if isinstance(found, Bad):
        return f", line {found.number}: {found.reason}"
    number, row = found
    text = next((row[name] for name in COLUMNS if isinstance(row.get(name), str)), None)
    if text is None:
        return f", line {number}: has {', '.join(row) or 'nothing'}; give its text as one of {', '.join(COLUMNS)}"
    title = row.get("title")
    heading = title.strip() if isinstance(title, str) else ""
    return [Block(text=block.text, place=f"line {number}", heading=heading) for block in blocks.plain(text)]
