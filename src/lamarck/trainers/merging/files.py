"""The tensors of a model folder: read a block of rows at a time, written shard by shard.

A file is opened anew for every block: what was read does not stay in memory with the open file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import safetensors.torch as st
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lamarck.core import UsageError

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD_BYTES = 512 * 2**20
"""Of a written file at most, unless one tensor is larger."""
BLOCK = 2**20
"""Numbers of a block, at least one row."""
FLOATS: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
OTHERS: Mapping[str, torch.dtype] = {
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a file's header says of a tensor."""

    file: Path
    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Of its numbers."""
        return prod(self.shape) * self.dtype.itemsize

    def rows(self) -> Iterator[slice]:
        """Blocks of rows in order, of a size that depends on the shape alone."""
        size = max(1, BLOCK // max(1, prod(self.shape[1:])))
        count = self.shape[0] if self.shape else 1
        yield from (slice(at, min(at + size, count)) for at in range(0, count, size))


class Weights:
    """The tensors of a folder in one file or in shards. Raises: UsageError naming the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = [folder / SINGLE] if (folder / SINGLE).is_file() else _shards(folder)
        self.entries: Mapping[str, Entry] = {name: entry for file in files for name, entry in _header(file)}

    def block(self, name: str, rows: slice) -> Tensor:
        """These rows of a tensor, as they are stored. Raises: UsageError where a value is not finite."""
        entry = self.entries[name]
        with _opened(entry.file) as file:
            block: Tensor = file.get_slice(name)[rows] if entry.shape else file.get_tensor(name)
        if block.is_floating_point() and not all(map(torch.isfinite, torch.aminmax(block))):
            raise UsageError(f"{entry.file}: {name} holds values that are not finite")
        return block


def assemble(like: Entry, make: Callable[[slice], Tensor]) -> Tensor:
    """A tensor of this shape and type, out of its blocks."""
    out = torch.empty(like.shape, dtype=like.dtype)
    for rows in like.rows():
        out[rows if like.shape else ...] = make(rows).to(like.dtype)
    return out


def write(
    folder: Path, sizes: Mapping[str, int], make: Callable[[str], Tensor], shard_bytes: int = SHARD_BYTES
) -> None:
    """Make the tensors in order and write them: one file, or shards with an index.

    In: each tensor's bytes by its name. At most a shard is in memory.
    """
    parts = _parts(sizes, shard_bytes)
    width = len(parts)
    files = [SINGLE] if width == 1 else [f"model-{i:05}-of-{width:05}.safetensors" for i in range(1, width + 1)]
    for file, names in zip(files, parts, strict=True):
        st.save_file({name: make(name) for name in names}, folder / file, metadata={"format": "pt"})
        (folder / file).chmod(0o644)
    if width > 1:
        places = {name: file for file, names in zip(files, parts, strict=True) for name in names}
        index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": places}
        (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _parts(sizes: Mapping[str, int], limit: int) -> list[list[str]]:
    parts, filled = [list[str]()], 0
    for name, size in sizes.items():
        if parts[-1] and filled + size > limit:
            parts, filled = [*parts, []], 0
        parts[-1].append(name)
        filled += size
    return parts


def _shards(folder: Path) -> Sequence[Path]:
    try:
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
        return [folder / Path(name).name for name in sorted(set(found.values()))]
    except FileNotFoundError as error:
        raise UsageError(f"{folder} has neither {SINGLE} nor {INDEX}; only safetensors can be merged") from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{folder / INDEX} cannot be read: {error!r}") from error


def _header(path: Path) -> Iterator[tuple[str, Entry]]:
    known = {**FLOATS, **OTHERS}
    with _opened(path) as file:
        for name in sorted(file.keys()):
            part = file.get_slice(name)
            if part.get_dtype() not in known:
                cure = f"load and save the model in one of {', '.join(FLOATS)}"
                raise UsageError(f"{path}: {name} is {part.get_dtype()}, which cannot be merged; {cure}")
            yield name, Entry(file=path, dtype=known[part.get_dtype()], shape=tuple(part.get_shape()))


@contextmanager
def _opened(path: Path) -> Generator[Any]:
    try:
        opened: Any = safe_open(path, framework="pt")
        with opened as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{path}: cannot be read as safetensors ({error})") from error
