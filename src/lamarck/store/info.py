"""``run.json``: what was asked for, with what it ran, and how far it came."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, cast

from lamarck.core import MAKING, DamagedRun, Limits, UsageError
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse
from lamarck.store.disk import called, damaged, digest

INFO = "run.json"
Status = Literal["running", "done", "paused", "failed", "empty"]
PACKAGES = (
    *("accelerate", "lamarck-lm", "numpy", "peft", "pyarrow", "pydantic"),
    *("safetensors", "tokenizers", "torch", "transformers", "trl"),
)
"""Whose versions can change a result."""
_codec = Codec()


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """A run in a page: the question, then its state. Everything up to ``samples`` decides the result."""

    recipe: str
    recipe_file: str = ""
    """Where the user's own recipe lies; "" for one of ours."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sets: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Path in the method -> value given with ``--set``."""
    ablate: tuple[str, ...] = ()
    learner: str
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    """Role -> model, where it is not the learner."""
    environment: str
    environment_file: str = ""
    seed: int = 0
    gate: str = "guard"
    alpha: float = 0.05
    gate_every: int = 1
    """A verdict every so many rounds, 0 = at the end of a stage."""
    objective: Mapping[str, str | int | float | bool | None] = field(default_factory=dict[str, Any])
    """Parameters of the objective; "node" is its node."""
    seed_data: str = ""
    """The user's labelled examples: path and digest of their file."""
    feedback: str = ""
    """What people said of answers: path and digest of its file."""
    monitors: str = "off"
    """What is done about an alarm: "react", "warn", or "off" for no monitors."""
    probes: tuple[str, ...] = ()
    """Files of safety probes, each with the digest of its content."""
    held_out: tuple[str, ...] = ()
    """Files of items that nothing may be learned from, each with the digest of its content."""
    tasks: str = ""
    """The user's own tasks: path or data set, and the digest of its content."""
    checked_by: str = ""
    """How their answers are checked; "" = as their format says."""
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a task is made of -> its column, where the user names it."""
    skip_bad: bool = False
    """Whether bad rows were left out."""
    documents: str = ""
    """The user's documents: path, and the digest of all that was read."""
    passages: str = ""
    """The least and the most words of a passage, "" for the usual ones."""
    alone: bool = False
    """Whether the documents are all there is, with no environment and no tasks beside them."""
    memory: str = ""
    """The shared memory that the run begins with and gives to, as an address without a password; "" = none."""
    embedder: str = "ngrams"
    """What makes the vectors of the memory: "ngrams", "learner" (as the run began), or a model."""
    frontier: str = ""
    """The least and the greatest share of solutions that pass of a task that is kept, "" for all tasks."""
    until: str = ""
    tasks_limit: int | None = None
    samples: int | None = None
    workers: int = 1
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Model provider -> what the user says about it: where it answers, how much at a time. Decides no result."""
    unsafe_sandbox: bool = False
    """Whether programs of models may run where this machine cannot isolate them."""
    budget: Mapping[str, float] = field(default_factory=dict[str, float])
    """What may be spent on models by kind ("usd", "tokens", "calls", "minutes"). Decides no result."""
    resolved: Any = None
    """The method as data, every value as it is used."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of Python, the machine type and the packages."""
    status: Status = "running"
    stage: int = 0
    round: int = 0
    phase: str = ""
    """The last committed one."""
    champion: str = ""
    """Hash of the learner that would be deployed now."""
    by_hand: str = ""
    """The same hash where a person chose it: the run then no longer moves it. "" = the gate's choice."""
    base: str = ""
    """Hash of the learner the run began with."""
    vectors: str = ""
    """Name of what made the vectors of the memory; "" = hashed n-grams."""
    published: str = ""
    """The version of the shared memory that the run made when it was done."""
    started: str = ""
    """UTC, ISO 8601."""
    finished: str = ""
    reason: str = ""
    """Why it is paused or failed."""

    @property
    def limits(self) -> Limits:
        """What caps the run."""
        return Limits(tasks=self.tasks_limit, samples=self.samples, until=self.until)

    def updates(self, stage: int) -> str:
        """The role whose learner a stage updates, as the resolved method says."""
        cycles = self._cycles
        return cycles[stage % len(cycles)].get("updates", "learner")

    @property
    def rounds(self) -> int:
        """Of all stages together."""
        method: Any = self.resolved or {}
        return sum(int(cycle.get("rounds", 1)) for cycle in self._cycles) * int(method.get("repeat", 1))

    @property
    def _cycles(self) -> list[dict[str, Any]]:
        method: Any = self.resolved or {}
        return method.get("cycles") or [method]


ASKED = tuple(f.name for f in fields(RunInfo))[: [f.name for f in fields(RunInfo)].index("samples") + 1]
"""The fields that decide a result."""


def same(path: Path, found: RunInfo, wanted: RunInfo) -> None:
    """Nothing where both ask for the same. Raises: UsageError naming what differs and what to type."""
    differs = list(_differences(found, wanted))
    if differs:
        raise UsageError(
            f"{path} holds another run: {'; '.join(differs)}; type: lamarck resume {called(path)}, "
            f"or give this one a folder of its own: --out {path.name}-2"
        )


def _differences(found: RunInfo, wanted: RunInfo) -> Iterator[str]:
    for name in ASKED:
        there, here = (json.dumps(_codec.encode(getattr(each, name)), sort_keys=True) for each in (found, wanted))
        if there != here and not (name == "until" and _goes_on(found, wanted)):
            yield f"{name.replace('_', ' ')} {there} instead of {here}"


def _goes_on(found: RunInfo, wanted: RunInfo) -> bool:
    """Whether a run may stop later or earlier: not where later rounds were made without the training wanted now."""
    return (found.until in MAKING) == (wanted.until in MAKING) or found.rounds == 1


def dump(info: RunInfo) -> bytes:
    """The text of ``run.json``: readable, with a check of its own."""
    data = _codec.encode(info)
    check = _check(data)
    return f"{_codec.dump({**data, 'check': check}, indent=2)}\n".encode()


def read(root: Path) -> RunInfo:
    """The run's page. Raises: DamagedRun, UsageError where there is none."""
    try:
        data = parse((root / INFO).read_bytes(), file=INFO)
        given = cast("dict[str, Any]", data if isinstance(data, dict) else {})
        check = given.pop("check", "")
        info = _codec.decode(RunInfo, given)
    except FileNotFoundError:
        raise UsageError(f"{root} is no run: it has no {INFO}; type: lamarck status") from None
    except Malformed as error:
        raise _damaged(root, str(error)) from error
    if _check(given) != check:
        raise _damaged(root, "does not fit its check")
    return info


@cache
def versions() -> Mapping[str, str]:
    """What results may depend on beside the code and the seed."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    """The wall clock, for people; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _check(data: Any) -> str:
    return digest(json.dumps(data, sort_keys=True).encode())[:16]


def _damaged(root: Path, why: str) -> DamagedRun:
    return damaged(root, INFO, f"is damaged ({why})")
