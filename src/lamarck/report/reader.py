"""What a page needs of a run folder's reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from lamarck.core import Batch, Drop, Learner, Scorecard

if TYPE_CHECKING:
    # for types only: what draws a page does not load what reads Parquet
    from lamarck.store import RoundView, RunInfo

View: TypeAlias = "RoundView"
"""One round of one stage, as far as it is committed; round 0 holds the base's scorecard."""


class Run(Protocol):
    """A run folder, read without its lock: the store's ``RunReader``."""

    @property
    def path(self) -> Path:
        """The run folder."""
        ...

    @property
    def info(self) -> RunInfo:
        """How the run was asked for, and how it stands."""
        ...

    def rounds(self) -> Sequence[View]:
        """Every round begun, in order, stage by stage."""
        ...

    def events(self) -> Iterable[Mapping[str, Any]]:
        """The event log, oldest first."""
        ...

    def batch(self, stage: int, round: int, phase: str, /) -> Batch:
        """What a phase gave, empty where it is not committed."""
        ...

    def drops(self, stage: int, round: int, phase: str, /) -> Sequence[Drop]:
        """What a phase left out, and why."""
        ...

    def learner(self, hash: str, /) -> Learner:
        """A learner of the run by its hash."""
        ...

    def sealed(self) -> Sequence[Scorecard] | None:
        """The base's and the champion's scorecards on the sealed split; None before they are made."""
        ...
