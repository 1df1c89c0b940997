"""The runs of a plan: one in this process, or all of them in processes of one thread each."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from benchmarks.evidence.controls import CONTROLS
from benchmarks.evidence.exam import Examined, items_of, posed
from benchmarks.evidence.plan import Plan

import lamarck
from lamarck import environments, recipes
from lamarck.core import Cycle, Method, Objective, Recipe, Stages, Task, UsageError
from lamarck.store import RunReader
from lamarck.testing import beds

LEDGER = "attempts.jsonl"
Launch = Callable[[int, str], "subprocess.Popen[bytes]"]
"""Starts the run of a seed and an arm in a process of its own."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One process that worked on a run."""

    arm: str
    seed: int
    code: int
    """Its exit code; negative: the signal that ended it."""
    cpu_s: float
    """Of the process and its workers; of one that was killed, without the workers'."""
    wall_s: float
    said: str = ""
    """The last line it wrote, where it failed."""


def sealed_items(plan: Plan) -> dict[int, Sequence[Task]]:
    """Seed -> its sealed items."""
    world = environments.load(plan.environment)
    goal = objective_of(plan, world.ability)
    return {seed: items_of(world, plan.exam, plan.recipe, seed, goal) for seed in plan.seeds}


def objective_of(plan: Plan, ability: str) -> Objective:
    """The plan's objective as the environment's generator takes it."""
    own = {name: value for name, value in plan.objective.items() if name != "node"}
    return Objective(ability=ability, parameters=own, node=str(plan.objective.get("node", "")))


def one(plan: Plan, name: str, seed: int, folder: Path, items: Sequence[Task]) -> lamarck.Run:
    """One run in this process on one worker, or what is missing of it. The gate records, so arms make equal updates."""
    world = posed(environments.load(plan.environment), plan.exam, items)
    call = asked(plan, name, folder)
    return lamarck.run(call.pop("recipe"), environment=world, seed=seed, out=place_of(folder, plan, name, seed), **call)


def asked(plan: Plan, name: str, folder: Path) -> dict[str, Any]:
    """How an arm calls ``lamarck.run``, beds put in where they are named."""
    arm = plan.arms[name]
    found = {bed: f"pupil/{beds.made(made, folder / 'beds')}" for bed, made in plan.beds.items()}
    options = arm.options if arm.control else {**plan.options, **arm.options}
    rounds = arm.rounds if arm.rounds is not None else None if arm.control else plan.rounds
    called: dict[str, Any] = {
        "recipe": examined(
            CONTROLS[arm.control] if arm.control else recipes.load(plan.recipe), Examined(exam=plan.exam)
        ),
        "learner": arm.learner or plan.learner,
        "roles": dict(plan.roles),
        "objective": dict(plan.objective),
        "sets": dict(arm.sets) if arm.control else {**plan.sets, **arm.sets},
        "ablate": arm.ablate,
        "rounds": rounds,
        "tasks_limit": plan.tasks,
        "samples": plan.samples,
        "gate": "off",
        "monitors": "off",
        "workers": 1,
        **options,
    }
    return {key: value if key == "recipe" else _filled(value, found) for key, value in called.items()}


def examined(found: Recipe, exam: Examined) -> Recipe:
    """The recipe with the exam in place of its own evaluations."""

    @functools.wraps(found.build)
    def build(**options: Any) -> Method:
        method = found.build(**options)
        if isinstance(method, Cycle):
            return _scored(method, exam)
        return Stages(cycles=tuple(_scored(cycle, exam) for cycle in method.cycles), repeat=method.repeat)

    return replace(found, build=build)


def place_of(folder: Path, plan: Plan, arm: str, seed: int) -> Path:
    """Where a run lies."""
    return folder / plan.recipe / f"{arm.replace(' ', '-')}-{seed}"


def done(place: Path) -> bool:
    """Whether a run is finished."""
    return (place / "run.json").is_file() and RunReader(place).info.status == "done"


def everything(runs: Sequence[tuple[int, str]], launch: Launch, ledger: Path, jobs: int) -> list[Attempt]:
    """Every run in a process of its own, ``jobs`` at a time. Out: how each ended; the ledger keeps it."""
    waiting, at_work = list(runs), dict[tuple[int, str], tuple[subprocess.Popen[bytes], float]]()
    ended = list[Attempt]()
    try:
        while waiting or at_work:
            while waiting and len(at_work) < jobs:
                seed, arm = waiting.pop(0)
                at_work[seed, arm] = launch(seed, arm), time.monotonic()
                print(f"{arm} seed {seed}: started", flush=True)
            for (seed, arm), (process, began) in list(at_work.items()):
                attempt = _ended(process, arm, seed, began, ledger.parent)
                if attempt:
                    del at_work[seed, arm]
                    ended.append(attempt)
                    _keep(ledger, attempt)
            time.sleep(0.05)
    finally:
        for process, _ in at_work.values():  # Ctrl-C: their runs go on where they stop now
            process.terminate()
            process.wait()
    return ended


def attempts(ledger: Path) -> list[Attempt]:
    """All processes so far, oldest first."""
    if not ledger.exists():
        return []
    return [Attempt(**json.loads(line)) for line in ledger.read_text(encoding="utf-8").splitlines()]


def log_of(folder: Path, arm: str, seed: int) -> Path:
    """What the processes of a run wrote."""
    return folder / f"{arm.replace(' ', '-')}-{seed}.log"


def _ended(process: subprocess.Popen[bytes], arm: str, seed: int, began: float, folder: Path) -> Attempt | None:
    pid, status, used = os.wait4(process.pid, os.WNOHANG)
    if not pid:
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    code, said = process.returncode, ""
    if code:
        log = log_of(folder, arm, seed)
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
        said = lines[-1][:500] if lines else ""
    print(f"{arm} seed {seed}: {'done' if not code else f'ended with {code}: {said}'}", flush=True)
    spent, wall = used.ru_utime + used.ru_stime, time.monotonic() - began
    return Attempt(arm=arm, seed=seed, code=code, cpu_s=round(spent, 1), wall_s=round(wall, 1), said=said)


def _keep(ledger: Path, attempt: Attempt) -> None:
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(attempt)) + "\n")


def _scored(cycle: Cycle, exam: Examined) -> Cycle:
    return replace(cycle, evaluation=exam) if cycle.evaluation is not None else cycle


def _filled(value: Any, found: Mapping[str, str]) -> Any:
    """The value with the names of beds in braces replaced by their learners."""
    if isinstance(value, str) and value.startswith("{"):
        name = value.strip("{}")
        if name not in found:
            raise UsageError(f"the plan names the bed '{name}', but has only: {', '.join(found) or 'none'}")
        return found[name]
    if isinstance(value, dict):
        return {key: _filled(one, found) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, tuple):
        return tuple(_filled(one, found) for one in cast("tuple[Any, ...]", value))
    return value
