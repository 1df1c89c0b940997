"""One base model in memory: how its samples are batched, which adapters it wears, how much fits."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from lamarck.core import CapabilityError, UsageError, unknown
from lamarck.models.hf.batch import READ, Batch, Flowing, Level
from lamarck.models.hf.files import BrokenModel
from lamarck.models.hf.lean import WEIGHTS, Lean
from lamarck.models.hf.loading import Loaded, check_tokens, device_of, load
from lamarck.models.hf.probing import kind_of
from lamarck.models.hf.reader import Reader
from lamarck.models.hf.rows import Row
from lamarck.models.hf.wardrobe import Wardrobe

ROWS = {"cpu": 256, "cuda": 256}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user may say about models run here: ``providers={"hf": {...}}``."""

    device: str = ""
    """"cpu", "cuda:1"; "" = a GPU where there is one."""
    dtype: str = ""
    """"float32", "bfloat16", "float16"; "" = bfloat16 on a GPU, float32 on the CPU."""
    threads: int = 0
    """Of the CPU; 0 = one for small models, all cores for larger ones."""
    batch: int = 0
    """Samples side by side at most; 0 = 256."""
    memory_gb: float = 0.0
    """For what the samples have said (keys and values); 0 = half of a GPU's free memory, a quarter of the CPU's."""
    loaded: int = 2
    """Whole models in memory at once."""
    max_tokens: int = 512
    """Of an answer at most, where neither recipe nor model says."""
    base: str = ""
    """The model that adapters sit on, where it lies elsewhere than they say."""
    cache: str = ""
    """Folder of the hub's cache, "" = the usual one."""
    launch: str = ""
    """How training is started: "one", "ddp", "fsdp", "zero2", "zero3", or a configuration file of `accelerate`'s;
    "" = "fsdp" where there are several GPUs, else "one"."""
    processes: int = 0
    """That train together; 0 = one a GPU."""
    checkpoint_s: float = 600.0
    """Seconds between two points that a training run can go on from after a crash."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Raises: UsageError for a name or a kind of value there is not."""
        known: dict[str, type[Any]] = {field.name: type(field.default) for field in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise unknown("option of hf", name, known)
            wanted = (int, float) if known[name] is float else (known[name],)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise UsageError(f"option '{name}' of hf must be {known[name].__name__}, got {value!r}")
        return cls(**given)


class Engine:
    """A base model that answers. Used by one thread at a time."""

    def __init__(self, folder: Path, reader: Reader, options: Options) -> None:
        """Raises: BrokenModel, CapabilityError."""
        self._options = options
        self.loaded: Loaded = load(folder, device_of(options.device), options.dtype)
        check_tokens(self.loaded, reader.tokenizer)
        self._threads()
        self._kind, self._bytes = kind_of(self.loaded)
        kind = self.loaded.device.type
        self.rows = options.batch or ROWS.get(kind, 64)
        self.read = READ.get(kind, READ["cpu"])
        self._lean = Lean(self.loaded) if self._kind == "lean" else None
        self._wardrobe = Wardrobe(self.loaded)
        self._pictures: Any = None

    def batch(self, *, pictured: bool = False) -> Batch:
        """An empty batch, for texts or for texts with pictures."""
        if pictured or self._kind == "level":
            return Level(self.loaded)
        if self._lean is not None and not self._wardrobe.worn:
            return Flowing(self.loaded, added=True, lean=self._lean)
        return Flowing(self.loaded, added=self._kind != "ones")

    def fitting(self, batch: Batch, waiting: Sequence[Row]) -> int:
        """How many of the waiting rows fit in beside those that are at work; one where none is."""
        longest = max((row.length + row.left for row in batch.rows), default=0)
        memory, fits = self._memory(), 0
        for row in waiting:
            longest = max(longest, row.length + row.left)
            count = len(batch.rows) + fits + 1
            if count > self.rows or count * longest * self._bytes > memory:
                break
            fits += 1
        return fits or int(not batch.rows and bool(waiting))

    def smaller(self) -> bool:
        """Halve what is computed at once. Out: whether there was anything to halve."""
        self._empty()
        if self.rows <= 1 and self.read <= 64:
            return False
        self.rows, self.read = max(1, self.rows // 2), max(64, self.read // 2)
        return True

    def wear(self, folders: Sequence[Path]) -> None:
        """Put on these adapters and no others. Raises: BrokenModel, CapabilityError, MissingExtra."""
        self._wardrobe.wear(folders)

    def pictured(self, reader: Reader, words: str, paths: Sequence[str]) -> dict[str, Any]:
        """What the model is given for a text with pictures, "input_ids" too. Raises: CapabilityError, BrokenModel."""
        if not self.loaded.pictures:
            raise CapabilityError(f"{reader.name} reads no pictures; take an image-text model")
        if self._pictures is None:
            self._pictures = _processor(self.loaded.folder)
        from PIL import Image

        images = [Image.open(path).convert("RGB") for path in paths]
        given = self._pictures(text=[words], images=[images], return_tensors="pt", add_special_tokens=False)
        wanted = self.loaded.dtype
        return {
            name: (value.to(self.loaded.device, wanted) if value.is_floating_point() else value.to(self.loaded.device))
            for name, value in given.items()
            if isinstance(value, Tensor)
        }

    def close(self) -> None:
        """Give the memory back."""
        object.__setattr__(self.loaded, "module", None)
        self._lean = None
        self._empty()

    def _threads(self) -> None:
        few = self.loaded.module.num_parameters() <= WEIGHTS
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(self._options.threads or (1 if few else cores))

    def _memory(self) -> float:
        """Bytes that keys and values may take."""
        if self._options.memory_gb:
            return self._options.memory_gb * 1e9
        if self.loaded.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.loaded.device)
            mine = torch.cuda.memory_reserved(self.loaded.device) - torch.cuda.memory_allocated(self.loaded.device)
            return 0.5 * (free + mine)
        return 0.25 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    def _empty(self) -> None:
        gc.collect()
        if self.loaded.device.type == "cuda":
            torch.cuda.empty_cache()


def _processor(folder: Path) -> Any:
    from transformers import AutoProcessor

    try:
        return cast("Any", AutoProcessor).from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        line = (str(error).strip() or repr(error)).splitlines()[0][:200]
        raise BrokenModel(f"{folder} has no processor for pictures that can be loaded ({line})") from error
