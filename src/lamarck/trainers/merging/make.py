"""One merge, as it happens in a worker process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, cast

from lamarck.core import Merge, ModelRef, UsageError
from lamarck.data.strict import table
from lamarck.trainers.keeping import kept
from lamarck.trainers.merging.dataflow import Flow
from lamarck.trainers.merging.files import INDEX, SHARD_BYTES, Weights, write
from lamarck.trainers.merging.parameters import Blend

COPIED = (".json", ".model", ".txt", ".jinja")
"""Endings of the files that belong to the model beside its weights: configuration, tokenizer."""
CONFIG = "config.json"
"""The architecture."""
RECORD = "merge.json"
"""What the model was merged from, and how."""
ALIKE = ("model_type", "hidden_act", "num_attention_heads", "num_key_value_heads", "rope_theta", "rope_parameters")
"""What must be equal in two configurations that both say it, as no tensor's shape shows it."""


def merge(plan: Merge, into: str, kit: str, shard_bytes: int = SHARD_BYTES) -> ModelRef:
    """Merge models whose folders the plan names; the module `kit` digests the new folder.

    Out: the model in its new folder under `into`, complete or not there at all. It holds weights, the files of the
    base (of the first source where there is none) and `merge.json`. Memory: a shard, at most two blocks a source.
    """
    models = (*((plan.base,) if plan.base else ()), *plan.sources)
    like = Path(models[0].folder)
    for model in models[1:]:
        _alike(like, Path(model.folder))
    sources = [Weights(Path(source.folder)) for source in plan.sources]
    base = Weights(Path(plan.base.folder)) if plan.base else None
    maker = Flow(plan=plan, sources=sources) if plan.path else Blend(plan=plan, base=base, sources=sources)
    sizes = maker.sizes()  # before anything is written: the models may not fit each other

    def fill(folder: Path) -> None:
        for path in like.iterdir():
            if path.suffix in COPIED and path.name != INDEX:
                shutil.copyfile(path, folder / path.name)
        if isinstance(maker, Flow):
            _save(folder / CONFIG, maker.config(table(like / CONFIG)))
        _save(folder / RECORD, record(plan))
        write(folder, sizes, maker.tensor, shard_bytes)

    folder, digest = kept(Path(into), fill, cast("Callable[[Path], str]", resolve_name(f"{kit}:digest")))
    return ModelRef(name=models[0].name, digest=digest, folder=str(folder))


def record(plan: Merge) -> dict[str, Any]:
    """The plan as JSON, models by name and content."""
    models = [*plan.sources, *((plan.base,) if plan.base else ())]
    named = [{"name": model.name, "digest": model.digest} for model in models]
    return {**asdict(plan), "sources": named[: len(plan.sources)], "base": named[-1] if plan.base else None}


def _alike(one: Path, other: Path) -> None:
    first, second = table(one / CONFIG), table(other / CONFIG)
    for name in ALIKE:
        if name in first and name in second and first[name] != second[name]:
            raise UsageError(
                f"{other / CONFIG}: {name} is {second[name]}, but {first[name]} in {one / CONFIG}; "
                "only models of one architecture can be merged"
            )


def _save(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
