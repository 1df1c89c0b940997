"""Trainers by the provider of the model they train."""

from __future__ import annotations

from collections.abc import Mapping

from lamarck.core import CapabilityError, Job, ModelRef, Trained, Trainer


class Trainers:
    """Core's ``Trainer`` over several: each model goes to its provider's."""

    def __init__(self, by_provider: Mapping[str, Trainer]) -> None:
        self._by_provider = dict(by_provider)

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Train with the provider's trainer. Raises: CapabilityError where it has none."""
        trainer = self._by_provider.get(model.provider)
        if trainer is None:
            known = ", ".join(sorted(self._by_provider)) or "none"
            raise CapabilityError(f"{model.name} cannot be trained here; models that can: {known}/...")
        return trainer.fit(model, job, into)


__all__ = ["Trainers"]
