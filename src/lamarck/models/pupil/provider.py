"""The provider `pupil`: which small models there are, and one opened model for each content."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from lamarck.core import ModelRef, UsageError
from lamarck.models.host import Host
from lamarck.models.pupil import files
from lamarck.models.pupil.model import Pool, Pupil
from lamarck.models.pupil.rater import PupilRater


class PupilProvider:
    """Plain `pupil` means the model made for the run's environment."""

    def __init__(self, pool: Pool, environment: str) -> None:
        self._pool, self._environment = pool, environment
        self._opened: dict[str, Pupil | PupilRater] = {}
        self._lock = threading.Lock()

    def find(self, name: str, /) -> ModelRef:
        """The untouched model: `game24`, or "" for the environment's own. Raises: UsageError."""
        if name:
            return files.reference(name)
        suited = files.suited(self._environment)
        if suited is None:
            raise UsageError(
                f"no pupil was made for the environment '{self._environment}'; "
                f"name one: {', '.join(f'{files.PROVIDER}/{known}' for known in files.names())}"
            )
        return files.reference(suited)

    def open(self, model: ModelRef, /) -> Pupil | PupilRater:
        """The model, ready to answer or to rate; the same object for the same digest."""
        with self._lock:
            if model.digest not in self._opened:
                kind = PupilRater if files.rates(model) else Pupil
                self._opened[model.digest] = kind(model, self._pool)
            return self._opened[model.digest]

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Training values found to work. Raises: CapabilityError for a loss without any."""
        return files.card(model, loss)


def provider(host: Host) -> PupilProvider:
    """Make the provider for a run."""
    return PupilProvider(host.pool, host.environment)
