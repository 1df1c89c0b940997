"""Training values by model and loss: the folder's own `training.json` first, then what is published for its size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, cast

from lamarck.core import CapabilityError
from lamarck.models.hf.files import base, is_adapter, locate, optional
from lamarck.models.hf.vetting import header, vet

SHIPPED = Path(__file__).with_suffix(".json")
"""Values for three sizes of models by loss, each with the public source they are from."""
OWN = "the model's training.json"
LENGTH = ("steps", "epochs")
"""Two ways to say how long; who says one does not mean the other's."""


def card(folder: Path, loss: str, given: str = "", cache: str | None = None) -> Mapping[str, Any]:
    """Values of a loss for a model, and under "source" where each is from.

    In: for an adapter also its base as the user names it. Raises: CapabilityError for a loss that nobody trains here.
    """
    adapts = is_adapter(folder)
    whole = locate(base(folder, given, cache), cache) if adapts else folder
    size, known = published(weights(whole))
    if loss not in known:
        raise CapabilityError(f"hf/ models cannot be trained with '{loss}'; there is {', '.join(sorted(known))}")
    values = dict(known[loss])
    told = f"card of {size} models: {values.pop('source')}"
    if adapts:
        values = {name: value for name, value in values.items() if name not in ("rank", "alpha", "dropout")}
    own = dict(cast("Mapping[str, Any]", optional(folder, "training.json").get(loss, {})))
    said = str(own.pop("source", OWN))
    if any(name in own for name in LENGTH):
        values = {name: value for name, value in values.items() if name not in LENGTH}
    return {**values, **own, "source": {**dict.fromkeys(values, told), **dict.fromkeys(own, said)}}


def published(count: int) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """The size that a model of so many weights counts as, and its values by loss."""
    sizes = cast("dict[str, dict[str, Any]]", json.loads(SHIPPED.read_text(encoding="utf-8")))
    for name, values in sizes.items():
        limit = values.pop("below")
        if limit is None or count < limit:
            return name, values
    raise AssertionError("the last size has no limit")


def weights(folder: Path) -> int:
    """How many numbers a model is made of, as its files' headers say. Raises: BrokenModel."""
    tensors = [tensor for path in vet(folder) for tensor in header(path).values()]
    return sum(prod(int(n) for n in tensor["shape"]) for tensor in tensors)
