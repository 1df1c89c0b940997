"""Small attacks on the walls around this very process, tried before anybody relies on them.

Each returns True where it got through. They are the supervisor's own code, so their answers are believed.
"""

from __future__ import annotations

import ctypes
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from lamarck.sandbox.guest.answers import Answers

_libc = ctypes.CDLL(None, use_errno=True)
_KNOWN = {
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "USER", "LOGNAME", "PWD", "LD_LIBRARY_PATH"),
    *("PYTHONPATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
}


def _read_outside(task: dict[str, Any]) -> bool:
    return any(_opens(path, os.O_RDONLY) for path in (task["witness"], "/etc/shadow", "/root/.ssh", "/home"))


def _write_outside(task: dict[str, Any]) -> bool:
    places = ("/", "/usr/lib", "/etc", "/dev", "/var/tmp", os.path.dirname(task["witness"]))  # noqa: PTH120
    return any(_opens(f"{place}/sandbox-probe", os.O_CREAT | os.O_WRONLY) for place in places)


def _reach_a_network(task: dict[str, Any]) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_DGRAM if family != socket.AF_NETLINK else socket.SOCK_RAW).close()
        except OSError:
            continue
        return True
    return False


def _make_namespaces(task: dict[str, Any]) -> bool:
    return any(_libc.unshare(kind) == 0 for kind in (0x1000_0000, 0x0002_0000, 0x4000_0000))


def _trace_a_process(task: dict[str, Any]) -> bool:
    return _libc.ptrace(0, 0, None, None) == 0


def _signal_others(task: dict[str, Any]) -> bool:
    try:
        return os.getppid() > 0 and os.kill(os.getppid(), 0) is None
    except OSError:
        return False


def _be_root(task: dict[str, Any]) -> bool:
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    with open("/proc/self/uid_map", encoding="ascii") as file:  # noqa: PTH123
        outside = {int(line.split()[1]) for line in file if int(line.split()[2]) < 1 << 16}
    powers = int(fields["CapEff"], 16) | int(fields["CapPrm"], 16) | int(fields["CapBnd"], 16)
    free = fields["NoNewPrivs"] != "1" or fields["Seccomp"] != "2"
    return os.getuid() == 0 or 0 in outside or powers != 0 or free


def _see_the_environment(task: dict[str, Any]) -> bool:
    seen = set(os.environ)
    try:
        with open("/proc/1/environ", "rb") as file:  # noqa: PTH123
            seen |= {line.split(b"=")[0].decode(errors="replace") for line in file.read().split(b"\0") if line}
    except OSError:
        pass
    return bool(seen - _KNOWN)


def _fork_without_end(task: dict[str, Any]) -> bool:
    most, count = task["processes"], 0
    for _ in range(4 * most):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            break
        count += 1
    return count >= 2 * most


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError:
        return False
    return True


ATTACKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "read outside": _read_outside,
    "write outside": _write_outside,
    "reach a network": _reach_a_network,
    "make namespaces": _make_namespaces,
    "trace a process": _trace_a_process,
    "signal others": _signal_others,
    "be root": _be_root,
    "see the environment": _see_the_environment,
    "fork without end": _fork_without_end,
}


def attack(task: dict[str, Any], answers: Answers) -> None:
    """Tries them all; the last one is the fork bomb, which leaves no room for others."""
    for name, attempt in ATTACKS.items():
        try:
            through = attempt(task)
        except OSError:
            through = False
        answers.line(attack=name, through=through)
