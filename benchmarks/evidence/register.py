"""The register of a plan: written before its first run, and what keeps runs of different plans or code apart."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.evidence.plan import Plan

import lamarck
from lamarck.core import UsageError, describe

ROOT = Path(__file__).parents[2]
CODE = ("src/lamarck", "benchmarks/evidence")
"""Where the code lies that can change a result."""
NAME = "plan.json"


@dataclass(frozen=True, kw_only=True)
class Version:
    """Which code made runs."""

    package: str
    commit: str
    """What ``git describe`` says, "-dirty" where files differ from it; "" without git."""
    code: str
    """Digest of the code itself, which tells two dirty trees apart."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """What was fixed, and since when."""

    recipe: str
    digest: str
    """Of plan and items."""
    plan: Mapping[str, Any]
    items: Mapping[str, Sequence[str]]
    """Seed -> ids of its sealed items."""
    versions: Sequence[Mapping[str, str]]
    """Of the code, in the order they were used; more than one only where somebody asked for that."""


def version() -> Version:
    """The code as it is now."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    total = hashlib.sha256()
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            total.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return Version(package=lamarck.__version__, commit=told.stdout.strip(), code=total.hexdigest()[:12])


def digest(plan: Plan, items: Mapping[str, Sequence[str]]) -> str:
    """Sixteen hex digits over everything that is fixed."""
    text = json.dumps([describe(plan), {seed: list(ids) for seed, ids in items.items()}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def enter(
    place: Path, plan: Plan, items: Mapping[str, Sequence[str]], now: Version, *, mixed: bool = False
) -> Register:
    """Write the plan, or find the same one written.

    In: the plan's own folder. Raises: UsageError where its runs follow another plan, or, unless ``mixed``, were made
    by other code.
    """
    path, wanted = place / NAME, digest(plan, items)
    entry = {**asdict(now), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    found = read(place) if path.exists() and any(place.glob("*/run.json")) else None
    if found is None:
        made = Register(recipe=plan.recipe, digest=wanted, plan=describe(plan), items=items, versions=[entry])
        _write(path, made)
        return made
    if found.digest != wanted:
        raise UsageError(
            f"{place} holds runs of another plan ({found.digest}, now {wanted}); keep them apart: --folder FOLDER, "
            f"print them as they are: --analyse, or delete {place} to begin again"
        )
    known = [one["code"] for one in found.versions]
    if now.code in known:
        return found
    if not mixed:
        raise UsageError(
            f"{place} holds runs of other code ({found.versions[-1]['commit']}, code {known[-1]}; now {now.commit}, "
            f"code {now.code}); go back to that code, keep them apart: --folder FOLDER, or mix them, which is "
            "then printed: --mixed"
        )
    made = Register(recipe=found.recipe, digest=wanted, plan=found.plan, items=items, versions=[*found.versions, entry])
    _write(path, made)
    return made


def read(place: Path) -> Register:
    """The register of a plan's folder. Raises: UsageError where there is none."""
    path = place / NAME
    try:
        return Register(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UsageError(f"{place} has no {NAME}: nothing was planned there; run without --analyse first") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; delete it to begin again") from error


def _write(path: Path, register: Register) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(asdict(register), indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
