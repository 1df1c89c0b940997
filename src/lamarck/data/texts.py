"""The texts of a file, row by row: a table's cells, all that is nested in them, or the paragraphs of plain text."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from lamarck.core import UsageError
from lamarck.data import parquet, rows
from lamarck.data.rows import Bad

PLAIN = (".txt", ".text", ".md")
SUFFIXES = tuple(dict.fromkeys((*rows.SUFFIXES, *PLAIN)))
Told = tuple[int, tuple[str, ...]]
"""Number of the line or row, from 1, and its texts."""


def read(path: Path) -> Iterator[Told | Bad]:
    """Every row's texts, in order. Of plain text a row is a paragraph, or a line where no line is empty.

    Raises: UsageError for what is not there or cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"no such file: {path}; give {', '.join(SUFFIXES)}")
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: {path.suffix or 'no suffix'} is not read; give {', '.join(SUFFIXES)}")
    if path.suffix.lower() in PLAIN:
        yield from ((number, (text,)) for number, text in _paragraphs(path))
        return
    for each in rows.stream(path):
        yield each if isinstance(each, Bad) else (each[0], tuple(_strings(each[1])))


def marked(path: Path) -> str:
    """The file's absolute path and the digest of its content, ``PATH#sha256:...``. Raises: UsageError."""
    try:
        with path.open("rb") as file:
            return f"{path.resolve()}#sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give {', '.join(SUFFIXES)}") from error


def unmarked(mark: str) -> Path:
    """The file of a mark. Raises: UsageError where it was changed since."""
    path = Path(mark.partition("#sha256:")[0])
    if marked(path) != mark:
        raise UsageError(f"{path} was changed since the run began; bring it back, or start anew with --out")
    return path


def fits(path: Path, out: Path) -> None:
    """Nothing where the rest of a file can be written there. Raises: UsageError for another kind, or the same."""
    if out.suffix.lower() != path.suffix.lower():
        raise UsageError(f"{out}: is written as {path.suffix}, like {path.name}; give a name that ends so")
    if out.exists() and out.samefile(path):
        raise UsageError(f"{out} is the file that is read; give another name")


def without(path: Path, out: Path, numbers: Container[int]) -> None:
    """Write a file again, whole or not at all, without the rows of these numbers. Lines stay as they were.

    Raises: UsageError where it cannot be written.
    """
    fits(path, out)
    try:
        handle, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=".clean-", suffix=out.suffix)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from error
    os.close(handle)
    draft = Path(name)
    try:
        _write(path, draft, numbers)
        draft.chmod(0o644)
        draft.replace(out)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _write(path: Path, draft: Path, numbers: Container[int]) -> None:
    match path.suffix.lower():
        case ".parquet":
            parquet.without(path, draft, numbers)
        case ".json":
            kept = [each[1] for each in rows.stream(path) if not isinstance(each, Bad) and each[0] not in numbers]
            draft.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        case ".csv" | ".tsv":
            _cells(path, draft, numbers)
        case suffix if suffix in PLAIN:
            blocks = [text for number, text in _paragraphs(path) if number not in numbers]
            draft.write_text(("\n\n" if _is_parted(path) else "\n").join(blocks) + "\n", encoding="utf-8")
        case _:
            with path.open("rb") as file, draft.open("wb") as clean:
                clean.writelines(line for number, line in enumerate(file, 1) if number not in numbers)


def _cells(path: Path, draft: Path, numbers: Container[int]) -> None:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with (
        path.open(encoding="utf-8-sig", newline="") as file,
        draft.open("w", encoding="utf-8", newline="") as clean,
    ):
        reader, writer = (
            csv.reader(file, delimiter=delimiter),
            csv.writer(clean, delimiter=delimiter, lineterminator="\n"),
        )
        for at, cells in enumerate(reader):
            if at == 0 or (cells and reader.line_num not in numbers):
                writer.writerow(cells)


def _paragraphs(path: Path) -> Iterator[tuple[int, str]]:
    """Each paragraph, or line where none is empty, and the number of its first line."""
    parted, begun, held = _is_parted(path), 0, list[str]()
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            begun, held = begun or number, [*held, line.rstrip("\n")]
        if held and not (parted and line.strip()):
            yield begun, "\n".join(held)
            begun, held = 0, []
    if held:
        yield begun, "\n".join(held)


def _is_parted(path: Path) -> bool:
    """Whether an empty line stands between two that are not."""
    said = [bool(line.strip()) for line in _lines(path)]
    return False in said[: len(said) - said[::-1].index(True)] if True in said else False


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start} is no UTF-8; save it as UTF-8") from None


def _strings(value: Any) -> Iterator[str]:
    """Every text in plain data, however deep; keys are no texts."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in cast("Sequence[Any]", value):
            yield from _strings(each)
