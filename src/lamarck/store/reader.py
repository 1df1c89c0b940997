"""A run folder as anybody may read it, also while a process writes to it, and however damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import lamarck.store.events as log
import lamarck.store.info as page
import lamarck.store.manifest as manifests
from lamarck.core import Batch, Drop, Finding, Learner, Objective, Passage, Phase, Scorecard, Verdict
from lamarck.data.codec import Codec
from lamarck.store.archive import APART, BY_HAND, SEALED, Archive
from lamarck.store.folder import absolute, own
from lamarck.store.info import RunInfo
from lamarck.store.manifest import Entry


@dataclass(frozen=True, kw_only=True)
class RoundView:
    """One round of one stage, as far as it is committed. Its parts are read when they are asked for,
    and only then raise DamagedRun."""

    stage: int
    round: int
    phases: tuple[str, ...]
    """The committed ones, in order."""
    archive: Archive = field(repr=False)
    entries: Mapping[str, Entry] = field(repr=False)
    """By phase."""

    @cached_property
    def funnel(self) -> dict[str, tuple[Passage, ...]]:
        """Phase -> what each of its operators took and gave."""
        return {name: self.archive.funnel(entry) for name, entry in self.entries.items() if entry.kind == "Harvest"}

    @cached_property
    def drops(self) -> dict[str, Counter[tuple[str, str]]]:
        """Phase -> how many experiences were left out, by (operator, reason)."""
        harvests = {name: entry for name, entry in self.entries.items() if entry.kind == "Harvest"}
        return {
            name: Counter((drop.operator, drop.reason) for drop in self.archive.drops(entry))
            for name, entry in harvests.items()
        }

    @cached_property
    def scorecards(self) -> list[Scorecard]:
        """The candidate's first."""
        return self._of("evaluation") or []

    @cached_property
    def verdict(self) -> Verdict | None:
        """What the gate said."""
        return self._of("verdict")

    @cached_property
    def findings(self) -> list[Finding]:
        """What the monitors found."""
        return self._of("monitors") or []

    @cached_property
    def objective(self) -> Objective | None:
        """What the next round tries to improve."""
        choice = self._of("objective")
        return choice.objective if choice else None

    @cached_property
    def candidate(self) -> str | None:
        """Hash of the learner the round made."""
        return made(self.entries["updating"]) if "updating" in self.entries else None

    def _of(self, name: str) -> Any:
        return self.archive.open(self.entries[name]) if name in self.entries else None


class RunReader:
    """Everything a run folder holds. Takes no lock and writes nothing.

    In: the folder; ``known`` has the operators a learner may answer with, by name. Raises: UsageError
    where it is no run or not the user's own.
    """

    def __init__(self, path: str | Path, *, known: Mapping[str, Any] | None = None) -> None:
        self.path = absolute(Path(path))
        own(self.path)
        self._archive = Archive(self.path, Codec(known=known or {}))

    @property
    def info(self) -> RunInfo:
        """What was asked for and how far it has come now."""
        return page.read(self.path)

    def rounds(self) -> list[RoundView]:
        """The rounds with a committed phase, in order; round 0 holds the base's scorecard."""
        found: dict[tuple[int, int], dict[str, Entry]] = {}
        for entry in self._entries():
            if entry.phase.name not in APART and not entry.phase.name.startswith(BY_HAND):
                found.setdefault((entry.phase.stage, entry.phase.round), {})[entry.phase.name] = entry
        return [
            RoundView(stage=stage, round=round, phases=tuple(entries), archive=self._archive, entries=entries)
            for (stage, round), entries in found.items()
        ]

    def events(self) -> list[dict[str, Any]]:
        """What happened so far, oldest first."""
        return list(log.read(self.path))

    def batch(self, stage: int, round: int, phase: str, /) -> Batch:
        """A phase's committed batch, empty where there is none."""
        entry = self._entry(stage, round, phase)
        return self._archive.batch(entry) if entry else []

    def drops(self, stage: int, round: int, phase: str, /) -> tuple[Drop, ...]:
        """What a phase left out, by whom and why."""
        entry = self._entry(stage, round, phase)
        return self._archive.drops(entry) if entry else ()

    def learner(self, hash: str, /) -> Learner:
        """A learner of the run by its hash, its weights checked. Raises: UsageError with those there are."""
        return self._archive.find(self._entries(), hash)

    def learners(self) -> list[str]:
        """Hashes of all learners, the base first, then in the order they were made."""
        return list(dict.fromkeys(made(entry) for entry in self._entries() if entry.kind == "Learner"))

    def sealed(self) -> list[Scorecard] | None:
        """The scorecards on the sealed split, where it was scored."""
        entry = next((entry for entry in self._entries() if entry.phase.name == SEALED), None)
        return self._archive.open(entry) if entry else None

    def _entries(self) -> tuple[Entry, ...]:
        return manifests.read(self.path).entries

    def _entry(self, stage: int, round: int, phase: str) -> Entry | None:
        address = Phase(stage=stage, round=round, name=phase)
        return next((entry for entry in self._entries() if entry.phase == address), None)


def made(entry: Entry) -> str:
    """Hash of the learner that a phase made."""
    return next(Path(name).parent.name for name in entry.files if name.endswith("/learner.json"))
