"""What updates of weights share: values of training that a recipe may set, whatever it trains by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from lamarck.core import Names


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What is None is what the learner's ``training.json`` says for this way of training."""

    needs: ClassVar[Names] = {"train"}

    rank: int | None = None
    """Of a low-rank adapter (arXiv:2106.09685) instead of all weights; 0 = all. One that is gone on with keeps its."""
    steps: int | None = None
    epochs: float | None = None
    lr: float | None = None
    batch: int | None = None
    """Rows of a step; of a policy gradient, tasks."""

    @property
    def values(self) -> dict[str, Any]:
        """These by name, for ``Context.settings``."""
        return {"rank": self.rank, "steps": self.steps, "epochs": self.epochs, "lr": self.lr, "batch": self.batch}
