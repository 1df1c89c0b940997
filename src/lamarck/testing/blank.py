"""A small model that has read nothing, for learners that are made whole on the spot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from lamarck.core import describe

FRESH = "lamarck.testing.fresh:write"
"""Called by name: importing it here would import torch."""
CARD = {
    "suits": list[str](),
    "sft": {"optimizer": "muon", "lr": 3e-3, "batch": 64, "schedule": "linear", "warmup": 5, "weight_decay": 0.0,
            "clip": 1.0, "steps": [30]},
    "dpo": {"optimizer": "adamw", "lr": 1e-3, "batch": 16, "schedule": "linear", "warmup": 5, "weight_decay": 0.0,
            "clip": 1.0, "epochs": 1},
}  # fmt: skip
"""Training values that suit models of this size."""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A model of the pupil's kind with fresh weights; some hundred thousand as it stands, by far the most for signs."""

    prompts: Mapping[str, str]
    """What it can be asked: prompt -> text with the task's fields in braces."""
    width: int = 64
    layers: int = 2
    positions: int = 64
    longest: int = 16
    """Tokens of an answer at most."""
    seed: int = 0

    def made(self, folder: Path) -> Path:
        """Its folder below ``folder``, written anew: fresh weights of a seed are always the same."""
        place = folder / f"blank-{hashlib.sha256(json.dumps(describe(self)).encode()).hexdigest()[:16]}"
        shape = {"width": self.width, "layers": self.layers, "heads": 4, "feed_forward": 2 * self.width,
                 "positions": self.positions}  # fmt: skip
        resolve_name(FRESH)(place, shape, self.longest, self.seed)
        for name, content in (("training.json", CARD), ("prompts.json", dict(self.prompts))):
            (place / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return place
