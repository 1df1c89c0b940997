"""A user's table of tasks, row by row: JSON lines, JSON, CSV, TSV (each gzipped or not), Parquet, or a data set.

Plain text (.txt) is a prompt a line. Bad rows are found before anything runs. Each has its number and reason; without
``skip_bad`` the first of them ends it, with ``skip_bad`` they are left out and counted. No script is ever run, no
archive unpacked.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from lamarck.core import UsageError
from lamarck.data import folder, hub, parquet
from lamarck.data.strict import Malformed, parse

LARGEST = 1_000_000_000
"""Bytes a file may have."""
LONGEST = 1_000_000
"""Bytes a line, or a cell, may have."""
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".txt")
PACKED = ".gz"
REFUSED = {
    ".py": "a loading script is not run",
    **dict.fromkeys((".pkl", ".pickle"), "pickles are not read"),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "spreadsheets are not read, save it as CSV"),
}
LISTS = ("examples", "data", "rows", "tasks", "instances")
"""Keys of a JSON object under which its rows may stand."""
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A row that cannot be used."""

    number: int
    """Of the line or row, from 1."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a source holds."""

    source: str
    """As the user named it, without its mark."""
    mark: str
    """The source with the digest of its content, ``PATH#sha256:...``: what a run keeps to find it again."""
    rows: tuple[tuple[int, Row], ...]
    """Number of the line or row, from 1, and its cells by column."""
    bad: tuple[Bad, ...] = ()


def read(name: str) -> Table:
    """The table of a path, of a data set (``owner/name``, ``owner/name:configuration``), or of a mark of either.

    Raises: UsageError for what is not there, is no table, is empty, or was changed since it was marked.
    """
    source, _, digest = name.partition("#sha256:")
    path = Path(source)
    if path.is_file():
        table = _file(path)
    elif path.is_dir():
        table = _folder(path)
    elif "/" not in source or source.startswith((".", "/")) or path.suffix in (*SUFFIXES, PACKED, *REFUSED):
        raise UsageError(f"no such file: {source}; give {', '.join(SUFFIXES)}, or a data set as owner/name")
    else:
        table = _data_set(source)
    if digest and not table.mark.endswith(digest):
        raise UsageError(f"{source} was changed since the run began; bring it back, or start anew with --out")
    if not table.rows and not table.bad:
        raise UsageError(f"{source} holds no task; write one JSON object a line, or a CSV with a head line")
    return table


def stream(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    """The rows of a file as they are read: number and cells, or what is wrong. Raises: UsageError for no table."""
    if path.suffix in REFUSED:
        raise UsageError(f"{path}: {REFUSED[path.suffix]}; give the data itself: {', '.join(SUFFIXES)}")
    try:
        yield from _rows(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give {', '.join(SUFFIXES)}") from error


def _file(path: Path) -> Table:
    if path.suffix in REFUSED:
        raise UsageError(f"{path}: {REFUSED[path.suffix]}; give the data itself: {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: is over {LARGEST:,} bytes; give a part of it")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = list(_rows(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    return _sorted(str(path), f"{path.resolve()}#sha256:{digest}", found)


def _data_set(name: str) -> Table:
    return _hashed(name, name, hub.rows(name))


def _folder(path: Path) -> Table:
    return _hashed(str(path), str(path.resolve()), folder.rows(path))


def _hashed(name: str, place: str, found: Iterable[Row]) -> Table:
    """A table whose digest is that of its rows."""
    rows = [_sound(number, row) for number, row in enumerate(found, 1)]
    text = json.dumps([row for row in rows if not isinstance(row, Bad)], sort_keys=True, default=str)
    return _sorted(name, f"{place}#sha256:{hashlib.sha256(text.encode()).hexdigest()}", rows)


def _sorted(source: str, mark: str, found: Iterable[tuple[int, Row] | Bad]) -> Table:
    rows, bad = list[tuple[int, Row]](), list[Bad]()
    for each in found:
        if isinstance(each, Bad):
            bad.append(each)
        else:
            rows.append(each)
    return Table(source=source, mark=mark, rows=tuple(rows), bad=tuple(bad))


def _rows(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    match kind(path):
        case ".parquet":
            yield from (_sound(number, row) for number, row in enumerate(parquet.rows(path), 1))
        case ".csv" | ".tsv":
            yield from _cells(path)
        case ".json":
            yield from _json(path)
        case ".txt" if not _whole(path)[:512].removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
            yield from _prompts(path)
        case _:
            yield from _lines(path)


def kind(path: Path) -> str:
    """A file's suffix, without the one that says that it is gzipped."""
    inner = path.with_suffix("") if path.suffix.lower() == PACKED else path
    return inner.suffix.lower()


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix.lower() == PACKED else path.open("rb")


def _whole(path: Path) -> bytes:
    """All of a file. Raises: UsageError where it unpacks to too much, or not at all."""
    try:
        with _opened(path) as file:
            raw = file.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: cannot be unpacked ({error})") from error
    if len(raw) > LARGEST:
        raise UsageError(f"{path}: unpacks to over {LARGEST:,} bytes; give a part of it")
    return raw


def _lines(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    # a packed file is unpacked whole, so that what it grows to is known before a row of it is used
    with io.BytesIO(_whole(path)) if path.suffix.lower() == PACKED else path.open("rb") as file:
        head = file.read(512)
        _encoded(path, head[:4])
        file.seek(0)
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" and _is_one_list(path):
            yield from _json(path)
            return
        number = 0
        while line := file.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                while line and not line.endswith(b"\n"):  # a huge line is passed over, never held
                    line = file.readline(LONGEST)
                yield Bad(number=number, reason=f"is over {LONGEST:,} bytes")
            elif line.strip():
                yield _line(number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def _is_one_list(path: Path) -> bool:
    """Whether it is JSON as a whole, under the suffix of JSON lines."""
    try:
        return isinstance(parse(_whole(path).removeprefix(b"\xef\xbb\xbf"), largest=LARGEST), list)
    except Malformed:
        return False


def _line(number: int, line: bytes) -> tuple[int, Row] | Bad:
    try:
        return _sound(number, parse(line, largest=LONGEST))
    except Malformed as error:
        return Bad(number=number, reason=str(error).removeprefix("line 1 "))


def _json(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    raw = _whole(path)
    _encoded(path, raw[:4])
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        return
    try:
        data: Any = parse(raw, largest=LARGEST)
    except Malformed as error:
        if b"\n{" in raw.strip() and raw.lstrip()[:1] == b"{":  # JSON lines under the wrong suffix
            yield from _lines(path)
            return
        raise error.within(str(path)) from error
    if isinstance(data, dict):
        given = cast("dict[str, Any]", data)
        data = next((cast("list[Any]", given[key]) for key in LISTS if isinstance(given.get(key), list)), None)
        data = [given] if data is None else data
    if not isinstance(data, list):
        raise UsageError(f"{path}: must be a list of objects, or an object with one under {', '.join(LISTS)}")
    yield from (_sound(number, row) for number, row in enumerate(cast("list[Any]", data), 1))


def _prompts(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    """A prompt a line, white lines passed over."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip():
            yield _sound(number, {"prompt": line.strip()})


def _text(path: Path) -> str:
    """All of a file as text. Raises: UsageError naming the line that is no UTF-8."""
    raw = _whole(path)
    _encoded(path, raw[:4])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}, line {line}: byte {error.start} is no UTF-8; save it as UTF-8") from None


def _cells(path: Path) -> Iterator[tuple[int, Row] | Bad]:
    csv.field_size_limit(LONGEST)
    reader = csv.reader(io.StringIO(_text(path), newline=""), delimiter="\t" if kind(path) == ".tsv" else ",")
    head = next(reader, list[str]())
    if len(head) == 1 and len(head[0].split(";")) > 1:
        raise UsageError(f"{path}: its columns are parted by semicolons; save it with commas, or with tabs as .tsv")
    if len(set(head)) != len(head):
        raise UsageError(f"{path}: its head line names a column twice: {', '.join(head)}")
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Bad(number=reader.line_num, reason=str(error))
            continue
        if len(cells) == len(head):
            yield _sound(reader.line_num, dict(zip(head, cells, strict=True)))
        elif cells:
            yield Bad(number=reader.line_num, reason=f"has {len(cells)} cells, the head line {len(head)}")


def _encoded(path: Path, head: bytes) -> None:
    """Nothing for what may be UTF-8. Raises: UsageError for UTF-16 and -32, which Windows programs write."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:2] == b"\x00\x00" or b"\x00" in head[:2]:
        raise UsageError(f"{path}: is UTF-16 or UTF-32; save it as UTF-8")
    if head[:2] == b"\x1f\x8b" or head == b"PK\x03\x04":
        raise UsageError(f"{path}: is an archive; unpack it first")


def _sound(number: int, row: Any) -> tuple[int, Row] | Bad:
    if not isinstance(row, dict):
        return Bad(number=number, reason=f"is a {type(row).__name__}, no object")
    for key, cell in cast("dict[Any, Any]", row).items():
        if fault := _fault(cell):
            return Bad(number=number, reason=f"{key}: {fault}")
    return number, cast("Row", row)


def _fault(cell: object) -> str:
    """What is wrong with a cell's text, "" where nothing is."""
    if isinstance(cell, str):
        if "\x00" in cell:
            return "holds a NUL character"
        if any("\ud800" <= char <= "\udfff" for char in cell):
            return "holds half of a surrogate pair"
        return f"is over {LONGEST:,} characters" if len(cell) > LONGEST else ""
    if not isinstance(cell, dict | list | tuple):
        return ""
    inner = cast("dict[Any, Any]", cell).values() if isinstance(cell, dict) else cast("list[Any]", cell)
    return next((fault for each in inner if (fault := _fault(each))), "")
