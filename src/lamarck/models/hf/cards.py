"""Training values by model and loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lamarck.models.hf.files import optional


def card(folder: Path, loss: str) -> Mapping[str, Any]:
    """What the model's own `training.json` says about a loss; empty where it says nothing."""
    return cast("Mapping[str, Any]", optional(folder, "training.json").get(loss, {}))
