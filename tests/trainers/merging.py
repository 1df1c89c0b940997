"""Model folders to merge: the shipped pupil and what might be fine-tunes of it; and the kit that digests a merge."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import safetensors.torch as st
import torch
from torch import Generator, Tensor

from lamarck.core import Merge, ModelRef
from lamarck.models.pupil.files import BUILT_IN
from lamarck.trainers.merging import plan
from lamarck.trainers.merging.make import merge as make

BASE = BUILT_IN / "game24"
KIT = "tests.trainers.merging"


class Here:
    """A pool without processes."""

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        """The result, or the exception, at once."""
        future = Future[Any]()
        try:
            future.set_result(resolve_name(fn)(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def digest(folder: Path) -> str:
    """Over all weights, in one file or many."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        total.update(path.read_bytes())
    return total.hexdigest()


def merged(into: Path, method: str, *sources: Path, base: Path | None = BASE, **more: Any) -> Path:
    """The folder of a merge, every field of the plan by its name."""
    refs = tuple(ref(path) for path in sources)
    asked = Merge(method=method, sources=refs, base=ref(base) if base else None, **more)
    return Path(plan.merged(Here(), asked, str(into), kit=KIT, locate=lambda model: Path(model.folder)).folder)


def sharded(into: Path, source: Path, shard_bytes: int) -> Path:
    """The same weights in a folder of shards."""
    copied = Merge(method="linear", sources=(ref(source),), weights=((1.0,),))
    return Path(make(copied, str(into), KIT, shard_bytes).folder)


def ref(folder: Path) -> ModelRef:
    """A model by its folder."""
    return ModelRef(name="pupil/game24", digest=digest(folder), folder=str(folder))


def weights(folder: Path) -> dict[str, Tensor]:
    """Every tensor of a folder."""
    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in st.load_file(path).items()}


def copied(into: Path, changes: Mapping[str, Tensor], source: Path = BASE) -> Path:
    """A model folder with some tensors replaced or added."""
    shutil.copytree(source, into)
    st.save_file({**weights(source), **changes}, into / "model.safetensors", metadata={"format": "pt"})
    return into


def tuned(into: Path, seed: int, dtype: torch.dtype = torch.float32) -> Path:
    """What might be a fine-tune of the base: every weight moved a little."""
    draws = Generator().manual_seed(seed)
    moved = {name: w + 0.01 * torch.randn(w.shape, generator=draws) for name, w in weights(BASE).items()}
    return copied(into, {name: w.to(dtype) for name, w in moved.items()})


def configured(folder: Path, **changes: Any) -> Path:
    """The folder, its configuration changed."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder
