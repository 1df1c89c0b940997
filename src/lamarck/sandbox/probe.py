"""What this machine can isolate with, found by trying: a zygote is started and attacked before anybody relies on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamarck.core import UsageError
from lamarck.sandbox.conduct import Run, wait
from lamarck.sandbox.grade import lines_of
from lamarck.sandbox.guest.attacks import ATTACKS
from lamarck.sandbox.guest.seccomp import MACHINES
from lamarck.sandbox.launch import Launch, behind_bubblewrap, bubblewrap, without_namespaces
from lamarck.sandbox.types import Layers, Limits
from lamarck.sandbox.zygotes import SandboxFault, Zygote, Zygotes

LIMITS = Limits(seconds=10, processes=8)
INSTALL = "type: make system (or: sudo apt-get install bubblewrap)"
LANDLOCK = 6
"""From this version on it keeps signals and abstract sockets in, which is needed where no namespace does."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A way to start zygotes that was tried."""

    layers: Layers
    zygotes: Zygotes


def probe(packages: Sequence[str], workers: int, unsafe: bool) -> Found:
    """The best way there is. Raises: UsageError where none is safe enough, with what is missing and what to do."""
    if platform.system() != "Linux" or platform.machine() not in MACHINES:
        raise UsageError(
            f"code that a model wrote runs on Linux on {' or '.join(MACHINES)} only, and this is "
            f"{platform.system()} on {platform.machine()}; use such a machine or a container"
        )
    missing: list[str] = []
    if not bubblewrap():
        missing.append(f"bubblewrap is not installed; {INSTALL}")
    else:
        found = _tried(1, lambda serial: behind_bubblewrap(packages, serial), workers, missing, unsafe)
        if found:
            return found
    found = _tried(2, lambda serial: without_namespaces(packages, serial), workers, missing, unsafe)
    if found:
        return found
    raise UsageError(
        "code that a model wrote has no safe place on this machine:\n- "
        + "\n- ".join(missing)
        + "\nor say --unsafe-sandbox (unsafe_sandbox=True), if you trust that code with all that this user can do"
    )


def _tried(tier: int, launch: Callable[[int], Launch], workers: int, missing: list[str], unsafe: bool) -> Found | None:
    """Starts, attacks, and keeps what held; else says why not. Without namespaces what did not hold is tier 4."""
    zygotes = Zygotes(launch, workers) if tier == 1 else Zygotes(launch, workers, per_session=1)
    try:
        with zygotes.lease() as zygote:
            attacks = attacked(zygote)
            hello = zygote.hello
    except SandboxFault as fault:
        zygotes.close()
        missing.append(f"tier {tier}: {_hinted(str(fault))}")
        return None
    faults = [f"not stopped: {name}" for name, stopped in attacks.items() if not stopped]
    if tier == 2 and hello["landlock"] < LANDLOCK:
        faults.append(f"Landlock is {hello['landlock'] or 'not there'}, and {LANDLOCK} is needed (Linux 6.12)")
    if not faults:
        return Found(layers=_layers(tier, attacks, hello, missing), zygotes=zygotes)
    missing.append(f"tier {tier}: {'; '.join(faults)}")
    if tier == 2 and unsafe:
        return Found(layers=_layers(4, attacks, hello, missing), zygotes=zygotes)
    zygotes.close()
    return None


def attacked(zygote: Zygote) -> dict[str, bool]:
    """Whether each small attack was stopped. Raises: SandboxFault where they could not be tried."""
    task: dict[str, Any] = {"mode": "attacks", "files": {}, "witness": os.path.abspath(__file__)}  # noqa: PTH100
    run = Run(zygote, {**task, "processes": LIMITS.processes}, LIMITS)
    try:
        wait([run])
        remains = run.remains()
    finally:
        run.close()
    told = {line.get("attack"): line.get("through") for line in lines_of(remains.answer, len(ATTACKS) + 1)}
    if remains.why == "processes":  # the watcher was faster than the last attack
        told.setdefault(list(ATTACKS)[-1], False)
    if set(told) != set(ATTACKS):
        raise SandboxFault(f"the first attacks did not run to their end: {remains.output.strip()[-500:]}")
    return {name: told[name] is False for name in ATTACKS}


def _layers(tier: int, attacks: dict[str, bool], hello: dict[str, Any], missing: list[str]) -> Layers:
    abi = hello["landlock"]
    user = "a user of its own" if os.geteuid() == 0 else f"the ordinary user {os.geteuid()}"
    spaces = [
        "bubblewrap with an empty environment: user, pid, mount, network, IPC and UTS namespaces",
        "a read-only system, no other files",
        "for each run: pid, mount and IPC namespaces, its own /tmp, /dev/shm and /proc",
        "no user namespaces inside",
    ]
    active = [
        *(spaces if tier == 1 else ["an empty environment, a folder for each run"]),
        user,
        "no capability, no new privileges",
        *([f"Landlock (ABI {abi})"] if abi else []),
        f"seccomp ({platform.machine()})",
        "rlimits",
        "a watcher on time, summed memory and processes",
    ]
    lacking = [] if abi >= LANDLOCK else [f"Landlock of ABI {LANDLOCK} (Linux 6.12); this kernel has {abi or 'none'}"]
    return Layers(tier=tier, active=tuple(active), missing=(*missing, *lacking), attacks=attacks, python=hello["ready"])


def _hinted(said: str) -> str:
    if "user namespace" in said or "uid map" in said or "clone" in said.lower():
        return f"{said}; this machine forbids user namespaces: see docs/sandbox.md"
    return said
