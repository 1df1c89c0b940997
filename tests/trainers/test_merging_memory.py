"""A merge needs a shard, three tensors and a few blocks of memory, whatever the size of the models."""

from __future__ import annotations

import json
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest

from lamarck.trainers.merging import files

MIB = 2**20
CHILD = """
import re, sys
from pathlib import Path
from lamarck.core import Merge, ModelRef
from lamarck.trainers.merging import files, make

block, shard, method, into, *folders = sys.argv[1:]
files.BLOCK = int(block)
base, *sources = (ModelRef(name="pupil/x", digest=folder, folder=folder) for folder in folders)
rows = ((0.5,) * len(sources),)
plan = Merge(method=method, base=base, sources=tuple(sources), weights=rows, densities=rows)

def memory(kind):
    return int(re.search(kind + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

before = memory("VmRSS")
made = make.merge(plan, into, "tests.trainers.digests", int(shard))
print(before, memory("VmHWM"), made.folder)
"""


def zeros(folder: Path, tensors: int, shape: tuple[int, int]) -> str:
    """A model folder of zeros that takes no room on disk."""
    folder.mkdir()
    size, header = prod(shape) * 2, dict[str, object]()
    for i in range(tensors):
        at = [i * size, (i + 1) * size]
        header[f"model.layers.{i}.weight"] = {"dtype": "BF16", "shape": shape, "data_offsets": at}
    text = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + tensors * size)
    (folder / "config.json").write_text("{}")
    return str(folder)


def peak(place: Path, *, tensors: int, shape: tuple[int, int], block: int, shard: int, method: str) -> tuple[int, int]:
    """Bytes in memory before, and at most; of the child that merges two models into a third."""
    folders = [zeros(place / name, tensors, shape) for name in ("base", "a", "b")]
    arguments = [str(block), str(shard), method, str(place / "into"), *folders]
    done = subprocess.run([sys.executable, "-c", CHILD, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, most, folder = done.stdout.split(maxsplit=2)
    written = sum(path.stat().st_size for path in Path(folder.strip()).glob("*.safetensors"))
    assert written > tensors * prod(shape) * 2
    return int(before), int(most)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory as Linux tells it")
def test_memory_does_not_grow_with_the_model(tmp_path: Path) -> None:
    size, shard = 4 * MIB, 8 * MIB
    before, most = peak(tmp_path, tensors=40, shape=(2048, 1024), block=2**17, shard=shard, method="linear")
    assert most - before < shard + 3 * size + 32 * MIB < 40 * size / 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory as Linux tells it")
def test_a_gibibyte_and_three_tensors_are_enough(tmp_path: Path) -> None:
    shape, block, shard = (4096, 4096), files.BLOCK, files.SHARD_BYTES
    _, most = peak(tmp_path, tensors=40, shape=shape, block=block, shard=shard, method="ties")
    assert most < 1024 * MIB + 3 * 32 * MIB < 40 * 32 * MIB
