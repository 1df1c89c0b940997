"""What an isolated run costs: processor time against `bwrap` and a new Python with the same imports, in one go.

    python -m benchmarks.sandbox --runs 300 --packages numpy

Both sides run the same call. Processor time is that of all processes there were, children of children too, from the
kernel's own count; starting the warm interpreter is left out and told apart.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamarck.sandbox import Case, Program, Sandbox
from lamarck.sandbox.guest.payload import WARM
from lamarck.sandbox.launch import walled

CODE = "def f(x):\n    return sorted(x)\n"
CASE = Case(arguments=([3, 1, 2],), expected=[1, 2, 3])


@dataclass(frozen=True, kw_only=True)
class Cost:
    cpu_ms: float
    p50_ms: float
    p95_ms: float


def adopt() -> None:
    """What bwrap leaves behind becomes a child of this process, so that its time is counted when it ends."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def cpu_s() -> float:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            break
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def measured(runs: int, run: Callable[[], None]) -> list[float]:
    walls: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        walls.append(1000 * (time.perf_counter() - began))
    return walls


def told(cpu: float, walls: Sequence[float]) -> Cost:
    ordered = sorted(walls)
    return Cost(
        cpu_ms=1000 * cpu / len(walls),
        p50_ms=statistics.median(ordered),
        p95_ms=ordered[int(0.95 * (len(ordered) - 1))],
    )


def warm(runs: int, packages: Sequence[str]) -> tuple[Cost, float, Sequence[str]]:
    """Runs in a warm interpreter. Out: a run's cost, the start's in seconds, and the layers."""

    def total(count: int) -> tuple[float, list[float], Sequence[str]]:
        began = cpu_s()
        with Sandbox(workers=1, packages=packages) as sandbox:
            layers = sandbox.layers.active

            def run() -> None:
                result = sandbox.run(Program(code=CODE, entry="f"), [CASE])
                assert result.passed, result

            run()
            walls = measured(count, run)
        # counted once all have ended: only then does the kernel hand their time up
        return cpu_s() - began, walls, layers

    start, _, layers = total(0)
    all_, walls, _ = total(runs)
    return told(all_ - start, walls), start, layers


def cold(runs: int, packages: Sequence[str]) -> Cost:
    """A new bwrap and a new Python for each run: the same files, the same imports, the same call."""
    names = [*WARM.split(), *packages]
    code = f"import {', '.join(names)}\nimport sys, json\n{CODE}\nprint(json.dumps(f(*json.load(sys.stdin))))"
    launch = walled(packages, ("-s", "-S", "-P", "-B", "-c", code)).launch

    def run() -> None:
        done = subprocess.run(
            launch.words, env=launch.environment, input=json.dumps(CASE.arguments), capture_output=True, text=True
        )
        assert json.loads(done.stdout) == CASE.expected, done.stderr

    run()
    began = cpu_s()
    walls = measured(runs, run)
    return told(cpu_s() - began, walls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--packages", nargs="*", default=[])
    asked = parser.parse_args()
    adopt()
    ours, start_s, layers = warm(asked.runs, asked.packages)
    theirs = cold(max(10, asked.runs // 10), asked.packages)
    print(f"{platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}")
    print("layers: " + "; ".join(layers))
    print(f"warm: {ours.cpu_ms:6.1f} ms CPU a run, wall p50 {ours.p50_ms:.1f} ms, p95 {ours.p95_ms:.1f} ms")
    print(f"cold: {theirs.cpu_ms:6.1f} ms CPU a run, wall p50 {theirs.p50_ms:.1f} ms, p95 {theirs.p95_ms:.1f} ms")
    print(f"ratio {theirs.cpu_ms / ours.cpu_ms:.1f}; start and first attacks {start_s:.2f} s CPU, once")


if __name__ == "__main__":
    main()
