"""What a run left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamarck import operators
from lamarck.api.weights import Providers, fresh, write
from lamarck.core import Learner, Scorecard, Verdict
from lamarck.models import PROVIDERS
from lamarck.store import RunInfo, RunReader, find

STAYED = frozenset(("rolled back", "no update", "deferred"))
"""Decisions after which the champion is who it was."""


@dataclass(frozen=True)
class Run:
    """A run folder, finished or not."""

    path: Path

    @property
    def reader(self) -> RunReader:
        """Everything the folder holds."""
        return RunReader(self.path, known=operators.table())

    @property
    def info(self) -> RunInfo:
        """What was asked for and how far it came."""
        return self.reader.info

    @property
    def scores(self) -> list[Scorecard]:
        """One scorecard a round: the base's first, then each candidate's."""
        return [view.scorecards[0] for view in self.reader.rounds() if view.scorecards]

    @property
    def verdicts(self) -> list[Verdict]:
        """What the gate said, round by round."""
        return [view.verdict for view in self.reader.rounds() if view.verdict]

    @property
    def champion(self) -> Champion:
        """The learner that would be deployed now."""
        info = self.info
        return Champion(self.reader.learner(info.champion or info.base), info.providers)

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 3 done but nothing promoted, 4 paused."""
        if self.info.status != "done":
            return 4 if self.info.status == "paused" else 1
        decisions = [verdict.decision for verdict in self.verdicts]
        return 3 if decisions and set(decisions) <= STAYED else 0


@dataclass(frozen=True)
class Champion:
    """A learner with its files."""

    learner: Learner
    providers: Providers = field(default_factory=dict[str, Mapping[str, Any]])
    """What its run says about models."""

    def save(self, folder: str | Path) -> Path:
        """Write its model to ``folder``, as Hugging Face reads it: an adapter is written into its base.

        Raises: UsageError where the folder exists, or there are no weights here.
        """
        with fresh(Path(folder)) as beside:
            write(self.learner, beside, "hf", self.providers)
        return Path(folder)


def of_run(name: str) -> Learner | None:
    """The learner that ``RUN:champion`` or ``RUN:<hash>`` means; None where a name is of no such form.

    Raises: UsageError for a run or a learner there is not.
    """
    path, colon, which = name.rpartition(":")
    if not colon or not which.isalnum() or name.partition("/")[0] in PROVIDERS:  # a model's name may hold a colon too
        return None
    run = Run(find(path))
    return run.champion.learner if which == "champion" else run.reader.learner(which)
