"""Trainers by the provider of the model they train."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from lamarck.core import CapabilityError, Job, Merge, MissingExtra, ModelRef, Trained, Trainer


class Trainers:
    """Core's ``Trainer`` over several: each model goes to its provider's."""

    def __init__(self, by_provider: Mapping[str, Trainer]) -> None:
        self._by_provider = dict(by_provider)

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Train with the provider's trainer. Raises: CapabilityError where it has none."""
        return self._of(model, "trained").fit(model, job, into)

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """Merge with the first source's provider's trainer. Raises: CapabilityError where it has none."""
        return self._of(plan.sources[0], "merged").merge(plan, into)

    def _of(self, model: ModelRef, done: str) -> Trainer:
        trainer = self._by_provider.get(model.provider)
        if trainer is None:
            known = ", ".join(sorted(self._by_provider)) or "none"
            raise CapabilityError(f"{model.name} cannot be {done} here; models that can: {known}/...")
        return trainer


def distances(left: Path, right: Path) -> dict[str, float]:
    """Each tensor of two model folders with its relative distance. Raises: UsageError, MissingExtra."""
    try:
        measure = import_module("lamarck.trainers.merging.distance")
    except ModuleNotFoundError as missing:
        raise MissingExtra(f"comparing weights (no module {missing.name})", "local") from missing
    return measure.distances(left, right)


__all__ = ["Trainers", "distances"]
