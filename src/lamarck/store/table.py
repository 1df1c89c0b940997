"""Batches and drops as Parquet: flat columns to query, and all the rest exactly, as JSON.

pyarrow is imported when a table is first written or read, never by ``import lamarck``.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from lamarck.core import Batch, Drop, Experience, Prompt, Task
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse, write
from lamarck.store.columns import SHARED, Column, Data, give, take

if TYPE_CHECKING:
    import pyarrow as pa

OWN = tuple(f.name for f in fields(Experience) if f.name not in SHARED)
"""Fields each row has for itself."""
DERIVED: dict[str, Callable[[Experience], str]] = {
    "id": lambda e: e.id,
    "task_id": lambda e: e.task.id,
    "kind": lambda e: e.task.kind,
    "split": lambda e: e.task.split,
    "stream": lambda e: e.task.stream,
    "source": lambda e: e.task.source,
}
"""Columns that are there for queries alone: the task says it again."""


@contextmanager
def _at_once() -> Generator[None]:
    """Without the garbage collector, which would look through a million live objects again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_at_once()
def dump_batch(batch: Batch, codec: Codec) -> bytes:
    """A Parquet file of a batch. Raises: Malformed naming the experience with a value that is no number."""
    import pyarrow as pa

    rows: list[Data] = [{name: codec.encode(getattr(e, name)) for name in OWN} for e in batch]
    arrays: dict[str, Any] = {name: _words([_printable(say(e)) for e in batch]) for name, say in DERIVED.items()}
    arrays |= {column.name: _array(column, values) for column, values in take(rows)}
    arrays |= {name: _shared([getattr(e, name) for e in batch], codec) for name in SHARED}
    arrays["rest"] = _words([_rest(row, e) for row, e in zip(rows, batch, strict=True)])
    return _file(pa.table(arrays))


@_at_once()
def load_batch(raw: bytes, codec: Codec) -> Batch:
    """The batch of a Parquet file, exactly as it was. Raises: Malformed."""
    table = _table(raw)
    rests = _values(table, "rest")
    for text in set(rests):
        parse(text)
    rows: list[Data] = [json.loads(text) for text in rests]  # most are equal, and each row needs its own
    give(rows, lambda name: _values(table, name))
    for name in SHARED:
        for row, value in zip(rows, _unshared(table, name, codec), strict=True):
            row[name] = value
    return [codec.decode(Experience, row) for row in rows]


def dump_drops(drops: Sequence[Drop]) -> bytes:
    """A Parquet file of what was left out, by whom and why."""
    import pyarrow as pa

    names = ("experience", "operator", "reason")
    return _file(pa.table({name: _words([_printable(getattr(drop, name)) for drop in drops]) for name in names}))


def load_drops(raw: bytes) -> tuple[Drop, ...]:
    """The drops of a Parquet file."""
    table = _table(raw)
    columns = [_values(table, name) for name in ("experience", "operator", "reason")]
    return tuple(Drop(experience=e, operator=o, reason=r) for e, o, r in zip(*columns, strict=True))


def _rest(row: Data, experience: Experience) -> str:
    try:
        return write(row)
    except Malformed as error:
        raise Malformed(error.fault, f"experience {experience.id}: {error.place}") from error


def _printable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _array(column: Column, values: list[Any]) -> Any:
    import pyarrow as pa

    if column.type == "words":
        return _words(values)
    kinds: dict[str, Any] = {
        "string": pa.string(),
        "int64": pa.int64(),
        "uint64": pa.uint64(),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "doubles": pa.list_(pa.float64()),
    }
    return cast("Any", pa.array(values, kinds[column.type]))


def _words(values: Sequence[str | None]) -> Any:
    import pyarrow as pa

    return cast("Any", pa.array(values, pa.string()).dictionary_encode())


def _shared(values: Sequence[Task | Prompt | None], codec: Codec) -> Any:
    """A column whose equal values are encoded once; those of one object are not even looked at twice."""
    import pyarrow as pa

    texts: dict[str, int] = {}
    places: dict[int, int] = {}
    for value in values:
        if value is not None and id(value) not in places:
            places[id(value)] = texts.setdefault(codec.dump(value), len(texts))
    indices = pa.array([None if value is None else places[id(value)] for value in values], pa.int32())
    return cast("Any", pa.DictionaryArray.from_arrays(indices, pa.array(list(texts), pa.string())))


def _unshared(table: pa.Table, name: str, codec: Codec) -> list[Task | Prompt | None]:
    kind = Task if name == "task" else Prompt
    known: dict[str, Task | Prompt] = {}
    for text in set(_values(table, name)) - {None}:
        known[text] = codec.load(kind, text)
    return [None if text is None else known[text] for text in _values(table, name)]


def _values(table: pa.Table, name: str) -> list[Any]:
    if name not in table.column_names:
        raise Malformed(f"lacks the column '{name}'")
    column: Any = table.column(name).combine_chunks()
    if hasattr(column, "dictionary"):  # to_pylist() would make each string anew
        words = column.dictionary.to_pylist()
        return [None if at is None else words[at] for at in column.indices.to_pylist()]
    return column.to_pylist()


def _file(table: pa.Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", dictionary_pagesize_limit=2**26)
    return sink.getvalue().to_pybytes()


def _table(raw: bytes) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(raw))
    except pa.ArrowException as error:
        raise Malformed(f"is no Parquet file ({error})") from error
