"""``kill -9`` at any moment, then ``lamarck resume``: the same champion and scorecards, nothing committed lost.

The killed run has two workers, the whole one a single one: neither changes a bit of the result.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="a real run needs the extra 'local'")

EVALUATION = {
    "evaluation.limit": 6,
    "evaluation.samples": 0,
    "evaluation.protected": 6,
    "evaluation.protected_at_end": 6,
}
TRAINING = {"updating.steps": 2, "updating.batch": 8}


def words(recipe: str, *more: str, **sets: object) -> list[str]:
    """A small run on the command line."""
    changes = [word for path, value in sets.items() for word in ("--set", f"{path}={value}")]
    return ["run", recipe, "--seed", "3", "--tasks-limit", "24", "--samples", "4", *more, *changes]


GAME24 = ("--learner", "pupil", "--environment", "game24")
RUN = words("rest_em", *GAME24, "--rounds", "2", **{**EVALUATION, **TRAINING, "evaluation.samples": 2})
RUNS = {
    "weights": RUN,
    "memory": words(
        "mot",
        *("--learner", "pupil", "--environment", "listmachine", "--choose", "nearest", "--shots", "2"),
        *("--objective", "kind=synth,depth=2,families=4", "--rounds", "2"),
        **{**EVALUATION, "refinement.below": 2.0},
    ),
    "merge": words(
        "evo_merge",
        *(*GAME24, "--sources", "pupil/game24,pupil/listmachine", "--groups", "1", "--rounds", "3"),
        **EVALUATION,
    ),
}
"""A recipe that trains, one that remembers, one that merges."""


def start(*words: str, home: Path) -> subprocess.Popen[bytes]:
    """The command line as a user's own process, in its own process group."""
    return subprocess.Popen(
        [sys.executable, "-m", "lamarck", *words],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for it; a failure shows what it printed."""
    out, err = process.communicate(timeout=240)
    assert process.returncode in (0, 3), out.decode() + err.decode()


def left(run: Path) -> dict[str, object]:
    """What must not depend on how often the run was killed."""
    info = json.loads((run / "run.json").read_text())
    names = ("scorecard.json", "verdict.json", "candidate.json", "objective.json", "sealed.json")
    files = {str(p.relative_to(run)): p.read_bytes() for name in names for p in sorted(run.rglob(name))}
    return {"champion": info["champion"], "status": info["status"], **files}


def committed(run: Path) -> set[str]:
    """The manifest's entries so far: phases with their files' digests."""
    path = run / "manifest.json"
    entries: list[object] = json.loads(path.read_text())["entries"] if path.exists() else []
    return {json.dumps(entry, sort_keys=True) for entry in entries}


def battery(run: list[str], home: Path, kills: int, seed: int) -> None:
    """An uninterrupted run against one that is killed ``kills`` times at random moments."""
    runs = home / "runs"
    began = time.monotonic()
    finish(start(*run, "--out", "whole", "--workers", "1", home=home))
    took = time.monotonic() - began
    rng = random.Random(seed)
    hit = 0
    names = iter(f"killed{i}" for i in range(1, 1000))
    while hit < kills:
        name = next(names)
        asked = [*run, "--out", name, "--workers", "2"]
        while hit < kills:
            before = committed(runs / name)
            process = start(*asked, home=home)
            try:
                process.communicate(timeout=rng.uniform(0.2, took))
                break  # it got through before its time came
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                hit += 1
            after = committed(runs / name)
            assert before <= after, "something committed was lost"
            if (runs / name / "run.json").exists():
                asked = ["resume", name]
        if hit == kills:
            finish(start(*asked, home=home))
        assert left(runs / name) == left(runs / "whole")


def test_three_kills(tmp_path: Path):
    battery(RUN, tmp_path, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("what", RUNS)
def test_thirty_kills(what: str, tmp_path: Path):
    battery(RUNS[what], tmp_path, kills=30, seed=2)


def test_the_number_of_workers_changes_nothing(tmp_path: Path):
    for name, workers in (("one", "1"), ("two", "2")):
        finish(start(*RUN, "--workers", workers, "--out", name, home=tmp_path))
    assert left(tmp_path / "runs" / "one") == left(tmp_path / "runs" / "two")


def test_a_second_process_is_told_who_holds_the_run(tmp_path: Path):
    first = start(*RUN, "--out", "held", home=tmp_path)
    lock = tmp_path / "runs" / "held" / "run.json"
    while not lock.exists() and first.poll() is None:
        time.sleep(0.05)
    second = start("resume", "held", home=tmp_path)
    _, err = second.communicate(timeout=60)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert second.returncode == 5
    assert f"process {first.pid}" in err.decode()


def test_no_process_outlives_a_killed_run(tmp_path: Path):
    process = start(*RUN, "--out", "orphans", home=tmp_path)
    tasks = Path(f"/proc/{process.pid}/task")
    if not any(tasks.glob("*/children")):
        pytest.skip("this system does not list a process's children")
    children: list[int] = []
    for _ in range(300):
        children = [int(child) for task in tasks.iterdir() for child in _children(task)]
        if children:
            break
        time.sleep(0.05)
    assert children, "the run started no worker"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for _ in range(100):
        if not any(_alive(child) for child in children):
            return
        time.sleep(0.1)
    raise AssertionError(f"workers {children} outlived the run")


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:  # the thread ended meanwhile
        return []


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
