"""Rows of a Parquet file, as plain data. pyarrow comes with the first file: what only lists or shows needs none."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from lamarck.core import UsageError

BATCH = 1000
"""Rows in memory at once."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Every row in order, cells by column. Raises: UsageError for a file that is no Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from batch.to_pylist()
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        raise UsageError(f"{path}: is no sound Parquet file ({str(error).splitlines()[0]})") from error


def without(path: Path, out: Path, numbers: Container[int]) -> None:
    """Write a file again without the rows of these numbers, counted from 1; columns keep their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = 0
    with pq.ParquetFile(path) as file, pq.ParquetWriter(out, file.schema_arrow) as writer:
        for batch in file.iter_batches(batch_size=BATCH):
            kept = [at + i + 1 not in numbers for i in range(batch.num_rows)]
            writer.write_batch(batch.filter(pa.array(kept, pa.bool_())))
            at += batch.num_rows
