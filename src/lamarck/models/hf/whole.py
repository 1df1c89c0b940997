"""An adapter written into its base, as a model folder of its own. Needs torch and PEFT; found by name in a worker."""

from __future__ import annotations

import shutil
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lamarck.core import MissingExtra
from lamarck.models.hf.files import ADAPTER, BrokenModel, base, locate, optional
from lamarck.models.hf.loading import finite, load, quiet
from lamarck.models.hf.vetting import INDEX, header, vet

SHARD = "4GB"
"""Of the new folder's files, each; as much is copied at a time."""
COPIED = (".json", ".model", ".txt", ".jinja")
"""Endings of a model's files beside its weights: configuration, tokenizer."""
TYPES: Mapping[str, str] = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
BASE = "base.json"
"""What training writes beside an adapter: the name and content of what it was trained on."""


def write(adapter: str, into: str, given: str = "", cache: str = "") -> str:
    """Fill a folder with the model that an adapter and its base are together. Out: the base's name.

    Weights keep the types in which the base stores them. They are changed in place, a layer at a time, so it takes the
    memory of one model, and a shard. In: the adapter's folder, a folder that is there, the base as the user names it.
    Raises: BrokenModel, MissingExtra.
    """
    folder = Path(adapter)
    below = base(folder, given, cache or None)
    whole = locate(below, cache or None)
    trained_on = optional(folder, BASE).get("digest", below.digest)
    if trained_on != below.digest:
        raise BrokenModel(
            f"{folder} was trained on other weights than {whole} holds now; name those it was trained on: "
            'providers={"hf": {"base": "./folder"}}'
        )
    finite(vet(folder))
    model = load(whole, torch.device("cpu"), stored(whole)).module
    merged = _merged(model, folder, whole)
    with quiet():
        merged.save_pretrained(into, max_shard_size=SHARD)
    for source in (whole, folder):
        for path in source.iterdir():
            if path.suffix in COPIED and path.is_file() and path.name not in (INDEX, ADAPTER, BASE):
                shutil.copyfile(path, Path(into) / path.name)
    for path in Path(into).iterdir():
        path.chmod(0o644)
    return below.name


def stored(folder: Path) -> str:
    """The type that most of a model's numbers are stored in. Raises: BrokenModel."""
    bytes_of = Counter[str]()
    for path in vet(folder):
        for tensor in header(path).values():
            begin, end = tensor["data_offsets"]
            bytes_of[str(tensor["dtype"])] += end - begin
    return TYPES.get(max(bytes_of, key=lambda name: bytes_of[name]), "float32")


def _merged(model: Any, folder: Path, whole: Path) -> Any:
    try:
        import peft
    except ModuleNotFoundError as missing:
        raise MissingExtra(f"writing an adapter into its base (no module {missing.name})", "local") from missing
    with quiet(), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            worn: Any = peft.PeftModel.from_pretrained(model, str(folder))
            merged = worn.merge_and_unload(safe_merge=True)
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            line = (str(error).strip() or repr(error)).splitlines()[0][:200]
            raise BrokenModel(f"the adapter {folder} does not fit {whole}: {line}") from error
    lost = next((str(each.message) for each in told if "missing adapter keys" in str(each.message)), "")
    if lost:
        raise BrokenModel(f"the adapter {folder} does not fit {whole}: {lost.splitlines()[0][:200]}")
    return merged
