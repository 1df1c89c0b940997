"""What a run gives the providers of its models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamarck.models.budget import Budget


@dataclass(frozen=True, kw_only=True)
class Host:
    """What a run gives the providers of its models."""

    pool: Any = None
    """The worker pool, for models that compute here; None = nothing will be computed."""
    environment: str = ""
    """The environment's name: plain "pupil" picks by it."""
    folder: Path | None = None
    """The run's folder, where a provider may keep files of its own; None = it keeps none. It may not be there yet."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Provider -> what the user says about it: an address, limits."""

    budget: Budget | None = None
    """What the run may spend on models; None = as much as it likes."""

    def of(self, provider: str) -> Mapping[str, Any]:
        """The options of one provider."""
        return self.options.get(provider, {})
