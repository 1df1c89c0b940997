"""What a phase's result looks like as files, and the result again from its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from lamarck.core import (
    Batch,
    Choice,
    Drop,
    Finding,
    Harvest,
    Learner,
    Passage,
    Phase,
    Scorecard,
    State,
    Verdict,
    unknown,
)
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed
from lamarck.store.disk import damaged
from lamarck.store.manifest import Entry, fetch
from lamarck.store.table import dump_batch, dump_drops, load_batch, load_drops
from lamarck.store.weights import LEARNERS, inside, outside, verify

T = TypeVar("T")
FILES = {
    "feedback": "experiences",
    "refinement": "refined",
    "updating": "candidate",
    "evaluation": "scorecard",
}
"""Phase -> its file's name, where that is not the phase's own."""
KINDS: dict[str, Any] = {
    "Harvest": Harvest,
    "Learner": Learner,
    "Scorecards": list[Scorecard],
    "Verdict": Verdict,
    "Findings": list[Finding],
    "Choice": Choice,
    "State": State,
}
"""What a phase may give, by the name it has in the manifest."""
PHASE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
SEALED = "sealed"
"""The phase that lies in the run folder itself."""
CARD = "/learner.json"
"""How the path of a learner's own file ends, after its hash."""
BASE = Phase(stage=0, round=0, name="base")
"""Where the learner lies that the run began with."""
APART = (SEALED, BASE.name)
"""Phases that are no part of a round."""
BY_HAND = "hand-"
"""How the phases begin, before a learner's hash, that a person made; they are no part of a round either."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file to be written; ``rows`` where it is a table."""

    data: bytes
    rows: int | None = None


@dataclass(frozen=True)
class Archive:
    """The files of one run folder."""

    root: Path
    codec: Codec

    def pack(self, phase: Phase, kind: str, value: Any) -> dict[str, Content]:
        """The files of a result, by path in the run folder; the phase's own comes first.

        Raises: Malformed naming the file and what in it cannot be written.
        """
        stem = place(phase)
        if kind != "Harvest":
            moved = [inside(learner, self.root) for learner in learners(value)]
            if isinstance(value, State):
                value = replace(value, learners=tuple(moved))
            elif moved:
                value = moved[0]
            copies = {f"{LEARNERS}/{each.hash}{CARD}": self._content(CARD[1:], each) for each in moved}
            return {f"{stem}.json": self._content(f"{stem}.json", value), **copies}
        harvest = cast("Harvest", value)
        beside = aside(phase)
        try:
            batch = dump_batch(harvest.batch, self.codec)
        except Malformed as error:
            raise error.within(f"{stem}.parquet") from None
        funnel = f"{self._json(f'{beside}.funnel.json', harvest.funnel)}\n".encode()
        files = {
            f"{stem}.parquet": Content(data=batch, rows=len(harvest.batch)),
            f"{beside}.funnel.json": Content(data=funnel),
        }
        if harvest.drops:
            dropped = Content(data=dump_drops(harvest.drops), rows=len(harvest.drops))
            files[f"{beside}.dropped.parquet"] = dropped
        return files

    def open(self, entry: Entry) -> Any:
        """The committed result. Raises: DamagedRun naming the file that is not what it was."""
        if entry.kind == "Harvest":
            return Harvest(batch=self.batch(entry), drops=self.drops(entry), funnel=self.funnel(entry))
        own = next(iter(entry.files))
        if entry.kind == "Learner":
            return self.learner(entry, own)
        found = self._load(entry, own, KINDS[entry.kind])
        if isinstance(found, State):
            names = [f"{LEARNERS}/{learner.hash}{CARD}" for learner in found.learners]
            return replace(found, learners=tuple(self.learner(entry, name) for name in names))
        return found

    def batch(self, entry: Entry) -> Batch:
        """The experiences of a committed harvest."""
        return self._read(entry, f"{place(entry.phase)}.parquet", partial(load_batch, codec=self.codec))

    def drops(self, entry: Entry) -> tuple[Drop, ...]:
        """What a committed harvest left out."""
        name = f"{aside(entry.phase)}.dropped.parquet"
        return self._read(entry, name, load_drops) if name in entry.files else ()

    def funnel(self, entry: Entry) -> tuple[Passage, ...]:
        """How many experiences went into and came out of each operator of a committed harvest."""
        return self._load(entry, f"{aside(entry.phase)}.funnel.json", tuple[Passage, ...])

    def learner(self, entry: Entry, name: str) -> Learner:
        """The learner of one of an entry's files, its weights checked."""
        found = self._load(entry, name, Learner)
        verify(self.root, {each: mark for each, mark in entry.files.items() if each != name})
        try:
            return outside(found, self.root)
        except Malformed as error:
            raise damaged(self.root, name, f"cannot be used ({error})") from error

    def find(self, entries: Iterable[Entry], hash: str) -> Learner:
        """The learner of this hash, its weights checked. Raises: UsageError with those there are."""
        cards = ((entry, name) for entry in entries for name in entry.files if name.endswith(CARD))
        made = {Path(name).parent.name: (entry, name) for entry, name in cards}
        if hash not in made:
            raise unknown(f"learner of {self.root.name}", hash, made)
        return self.learner(*made[hash])

    def _content(self, name: str, value: Any) -> Content:
        return Content(data=f"{self._json(name, value)}\n".encode())

    def _json(self, name: str, value: Any) -> str:
        try:
            return self.codec.dump(value, indent=2)
        except Malformed as error:
            raise error.within(name) from None

    def _load(self, entry: Entry, name: str, kind: Any) -> Any:
        return self._read(entry, name, partial(self.codec.load, kind))

    def _read(self, entry: Entry, name: str, load: Callable[[bytes], T]) -> T:
        if name not in entry.files:
            raise damaged(self.root, name, "is not in the manifest")
        raw = fetch(self.root, name, entry.files[name])
        try:
            return load(raw)
        except Malformed as error:
            raise damaged(self.root, name, f"cannot be read ({error})") from error


def learners(value: object) -> tuple[Learner, ...]:
    """The learners that a result consists of."""
    return (value,) if isinstance(value, Learner) else value.learners if isinstance(value, State) else ()


def place(phase: Phase) -> str:
    """Path of a phase's own file in the run folder, without its ending."""
    name = FILES.get(phase.name, phase.name)
    return SEALED if phase.name == SEALED else f"{folder(phase)}/{name}"


def aside(phase: Phase) -> str:
    """Path of the files that go with it (funnel, drops), without their endings."""
    return f"{folder(phase)}/{phase.name}"


def folder(phase: Phase) -> str:
    """A round's folder: 003, or 1-003 in the stages after the first."""
    if not PHASE.fullmatch(phase.name):
        raise ValueError(f"'{phase.name}' is no name for a phase")
    stage = f"{phase.stage}-" if phase.stage else ""
    return f"rounds/{stage}{phase.round:03d}"


def kind_of(kind: Any) -> str:
    """The name of a kind of result in the manifest."""
    return next(name for name, known in KINDS.items() if known == kind)
