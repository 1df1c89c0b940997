"""What a process does to itself before it runs a program: namespaces, mounts, limits, and no way back."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import sys
from dataclasses import dataclass
from typing import Any

from lamarck.sandbox.guest import kernel, seccomp

STDOUT, STDERR, ANSWER, INCOMING, OUTGOING = 1, 2, 3, 4, 5
"""Where descriptors lie when the program starts; the last two only where somebody talks to it."""
HOME = "/tmp"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "sandbox",
    "LOGNAME": "sandbox",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True, kw_only=True)
class Walls:
    """What this machine offers, made once and used for every run."""

    abi: int
    filter: ctypes.Structure
    base_vm: int
    """Bytes of address space the interpreter has at the start."""
    readable: tuple[str, ...] | None = None
    """Where there are no mounts of its own: what may be read, and nothing else; None = mounts decide."""

    @property
    def bare(self) -> bool:
        """Whether there are no namespaces."""
        return self.readable is not None

    @classmethod
    def here(cls, readable: tuple[str, ...] | None) -> Walls:
        """What there is. Raises: KeyError on a machine without a table of system calls."""
        abi = kernel.landlock_abi()
        program = seccomp.instructions(kernel.MACHINE, named_sockets=abi >= 6, bare=readable is not None)
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        return cls(abi=abi, filter=seccomp.compiled(program), base_vm=pages * resource.getpagesize(), readable=readable)


def place(descriptors: list[int], devnull: int) -> None:
    """Puts stdin (nothing) and the others, from 1 on in order, where they belong; closes all else."""
    os.dup2(devnull, 0)
    # beyond the places first, so that none is overwritten before it has moved
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 16) for fd in descriptors]
    for at, fd in enumerate(moved, start=1):
        os.dup2(fd, at, inheritable=at <= STDERR)
    kernel.close_from(len(moved) + 1)


def wall_in(disk: int) -> None:
    """Mounts and semaphores of its own: in ``disk`` (a detached tmpfs) lie /tmp and /dev/shm. Raises: OSError."""
    kernel.unshare(kernel.NEWNS | kernel.NEWIPC)
    kernel.attach(disk, b"/tmp")
    kernel.mount(
        b"tmpfs",
        b"/dev/shm",
        b"tmpfs",
        kernel.NOSUID | kernel.NODEV | kernel.NOEXEC,
        b"size=16m,nr_inodes=256,mode=700",
    )
    kernel.mount(b"proc", b"/proc", b"proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)


def limit(limits: dict[str, Any], base_vm: int, others: int) -> None:
    """The kernel's limits. They count per process; the sum is watched from outside. Raises: OSError, ValueError."""
    disk = limits["disk_mb"] << 20
    memory = base_vm + (limits["memory_mb"] << 20)
    pairs = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: limits["cpu"],
        resource.RLIMIT_FSIZE: disk,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_MEMLOCK: 65536,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 256,
        # all runs of one zygote are one user's, and without namespaces ``others`` of that user count too
        resource.RLIMIT_NPROC: others + 4 + limits["slots"] * limits["processes"],
    }
    for which, most in pairs.items():
        resource.setrlimit(which, (most, most))


def lock(walls: Walls, home: str) -> None:
    """No capability, no new one, nothing written but in its folder, no forbidden call. Raises: OSError."""
    kernel.no_privileges()
    if walls.abi:
        # a shared /dev/shm would outlive the run
        writable = (home,) if walls.bare else (home, "/dev/shm")
        kernel.landlock(walls.abi, writable, ("/dev/null", "/dev/full"), walls.readable)
    kernel.filter_calls(walls.filter)


def settle(home: str) -> None:
    """Signals, environment, streams: as a program that was started from a shell would find them."""
    kernel.dumpable(True)
    for number in (signal.SIGPIPE, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    paths = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ}
    os.environ.clear()
    os.environ.update(ENVIRONMENT, **paths)
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # noqa: PTH120
    os.environ["HOME"] = os.environ["TMPDIR"] = home
    os.chdir(home)
    sys.argv = ["program"]
    sys.stdin = open(0, encoding="utf-8", errors="replace")  # noqa: SIM115
    sys.stdout = open(STDOUT, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        STDERR, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    # the originals too: code that asks for them must not find the zygote's
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
