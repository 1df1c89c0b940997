"""What a model folder must not hold: pickles, code, shards from elsewhere, damaged tensors. Read before it is loaded.

Nothing here, and nothing after it, loads a pickle or runs code from a folder, whatever the folder or its user says.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

from lamarck.models.hf.files import ADAPTER, BrokenModel, is_adapter, optional, read

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".npy", ".npz", ".joblib", ".h5", ".msgpack")
INDEX = "model.safetensors.index.json"
_LONGEST_HEADER = 100 << 20
_BITS = {"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16, "U16": 16}
_SAFE = "convert it: AutoModelForCausalLM.from_pretrained(...).save_pretrained(folder), where you trust its maker"


def vet(folder: Path) -> list[Path]:
    """The safetensors files that a folder's weights lie in. Raises: BrokenModel naming the file and the cure."""
    _no_code(folder)
    files = _adapter(folder) if is_adapter(folder) else _shards(folder)
    for path in files:
        _beneath(path, folder)
        header(path)
    return files


def header(path: Path) -> dict[str, Any]:
    """The tensors that a safetensors file says it holds, checked against its size. Raises: BrokenModel."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if start[:2] == b"PK" or start[:1] == b"\x80" or start[:6] == b"\x93NUMPY":
            raise BrokenModel(f"{path} is a pickle or an archive under another name, which can run code; {_SAFE}")
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(_LONGEST_HEADER, size - 8):
            raise BrokenModel(f"{path} is no safetensors file, or cut short; take an intact copy")
        try:
            found: Any = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise BrokenModel(f"{path} has no readable safetensors header; take an intact copy") from error
    if not isinstance(found, dict):
        raise BrokenModel(f"{path} has no readable safetensors header; take an intact copy")
    tensors = cast("dict[str, Any]", found)
    tensors.pop("__metadata__", None)
    try:
        spans = sorted(_span(name, tensor) for name, tensor in tensors.items())
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(f"{path}: a tensor of its header is malformed ({error}); take an intact copy") from error
    ends = [0, *(end for _, end in spans)]
    if [begin for begin, _ in spans] != ends[:-1] or ends[-1] != size - 8 - length:
        raise BrokenModel(f"{path}: its tensors overlap, or do not fill the file; take an intact copy")
    return tensors


def _span(name: str, tensor: Any) -> tuple[int, int]:
    begin, end = (int(at) for at in tensor["data_offsets"])
    bits = _BITS.get(tensor["dtype"], 0) * math.prod(int(n) for n in tensor["shape"])
    if begin < 0 or end < begin or (bits and bits != 8 * (end - begin)):
        raise ValueError(name)
    return begin, end


def _no_code(folder: Path) -> None:
    code = sorted(path.name for path in folder.glob("*.py"))
    if code:
        raise BrokenModel(f"{folder / code[0]} is code, which is never run; take a folder of weights alone")
    for name in ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json", ADAPTER):
        _beneath(folder / name, folder)
        found = optional(folder, name)
        if "auto_map" in found or found.get("trust_remote_code"):
            key = "auto_map" if "auto_map" in found else "trust_remote_code"
            raise BrokenModel(
                f"{folder / name} asks for code from elsewhere ('{key}'), which is never run; "
                "remove the entry where transformers knows the architecture, or take another model"
            )


def _adapter(folder: Path) -> list[Path]:
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        raise BrokenModel(f"{folder} has {ADAPTER} but no adapter_model.safetensors{_pickled(folder)}")
    return [path]


def _shards(folder: Path) -> list[Path]:
    if (folder / INDEX).is_file():
        _beneath(folder / INDEX, folder)
        names: Any = read(folder / INDEX).get("weight_map")
        if not isinstance(names, dict) or not names:
            raise BrokenModel(f"{folder / INDEX} maps no weights to files; take an intact copy")
        shards = sorted({str(name) for name in cast("dict[str, Any]", names).values()})
        for shard in shards:
            if Path(shard).name != shard or shard in (".", ".."):
                raise BrokenModel(f"{folder / INDEX} names '{shard[:80]}', which is no file of this folder")
            if not (folder / shard).is_file():
                raise BrokenModel(f"{folder / INDEX} names {shard}, which is missing; take an intact copy")
        return [folder / shard for shard in shards]
    if not (folder / "model.safetensors").is_file():
        raise BrokenModel(f"{folder} has no model.safetensors{_pickled(folder)}")
    return [folder / "model.safetensors"]


def _pickled(folder: Path) -> str:
    found = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    return f", only {found[0]}, a pickle, which can run code; {_SAFE}" if found else "; take a folder with weights"


def _beneath(path: Path, folder: Path) -> None:
    """Refuse a link out of the folder; the hub's cache keeps its files as links to blobs of the same model."""
    real, home = path.resolve(), folder.resolve()
    blobs = home.parent.parent / "blobs" if home.parent.name == "snapshots" else home
    if not real.is_relative_to(home) and not real.is_relative_to(blobs):
        raise BrokenModel(f"{path} is a link out of its folder; put the file itself there")
