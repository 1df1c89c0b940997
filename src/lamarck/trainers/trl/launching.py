"""How the training processes are started: one alone, or several by `accelerate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamarck.core import UsageError, unknown

SHIPPED = Path(__file__).parent / "launch"
"""Configurations of `accelerate`, a file a way."""
DEVICES = Path("/proc/driver/nvidia/gpus")
"""A folder for each CUDA device of this machine, where the driver is loaded."""
ONE = "one"


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A way of starting."""

    command: tuple[str, ...] = (sys.executable,)
    """What runs a module."""
    processes: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def launched(options: Mapping[str, Any]) -> Launch:
    """The way that the provider's options name; several CUDA devices are shared out by FSDP where they name none.

    In: `launch` = "one", "ddp", "fsdp", "zero2", "zero3" or a configuration file of `accelerate`'s; `processes`, else
    one a device. Raises: UsageError.
    """
    devices = seen()
    wanted = str(options.get("launch") or ("fsdp" if devices > 1 else ONE))
    count = int(options.get("processes") or max(1, devices))
    if wanted == ONE:
        return Launch(environment=_threads(1))
    command = (sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(_file(wanted)))
    sizes = ("--num_processes", str(count), "--num_machines", "1", "--main_process_port", "0")
    if devices:
        return Launch(command=(*command, *sizes), processes=count, environment=_threads(count))
    # accelerate's own --cpu would start one process alone
    told = {**_threads(count), "ACCELERATE_USE_CPU": "true"}
    return Launch(command=(*command, *sizes, "--mixed_precision", "no"), processes=count, environment=told)


def seen() -> int:
    """CUDA devices that this process may use; no library is loaded to count them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([one for one in named.split(",") if one.strip() and one.strip() != "-1"])
    return len(list(DEVICES.iterdir())) if DEVICES.is_dir() else 0


def ways() -> dict[str, Path]:
    """The configurations that come with the package, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def _file(wanted: str) -> Path:
    shipped = ways()
    if wanted in shipped:
        return shipped[wanted]
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml", ".json"):
        if not path.is_file():
            raise UsageError(f"there is no configuration of accelerate's at {path}; write one with: accelerate config")
        return path.absolute()
    raise unknown("way to launch", wanted, [ONE, *shipped], "or give a configuration file of accelerate's")


def _threads(count: int) -> dict[str, str]:
    """Read by the numerical libraries when they load."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = os.environ.get("OMP_NUM_THREADS") or str(max(1, cores // count))
    return {"OMP_NUM_THREADS": share, "MKL_NUM_THREADS": share, "TOKENIZERS_PARALLELISM": "false"}
