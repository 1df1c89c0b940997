"""System calls that Python has no name for, by number; from 424 on the numbers are the same on every machine."""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct

NEWNS, NEWIPC, NEWPID = 0x0002_0000, 0x0800_0000, 0x2000_0000
NOSUID, NODEV, NOEXEC = 2, 4, 8
PRIVATE = 0x0004_0000 | 0x4000
"""Recursively: no mount made here is seen elsewhere."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_CLOSE_RANGE, _MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT = 436, 429, 430, 431, 432
_LANDLOCK_CREATE, _LANDLOCK_RULE, _LANDLOCK_RESTRICT = 444, 445, 446
_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
_SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT = 4, 22, 24, 38, 47
MACHINE = platform.machine()


def _ok(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """Calls and returns what came, below 0 where it failed."""
    return int(_libc.syscall(number, *arguments))


def unshare(flags: int) -> None:
    """New namespaces for this process (a new pid namespace: for its children). Raises: OSError."""
    _ok(_libc.unshare(flags), "unshare")


def enter(fd: int, kind: int) -> None:
    """Enters a namespace. Raises: OSError."""
    _ok(_libc.setns(fd, kind), "setns")


def mount(source: bytes | None, target: bytes, system: bytes | None, flags: int, data: bytes | None = None) -> None:
    """Mounts. Raises: OSError naming the target."""
    _ok(_libc.mount(source, target, system, flags, data), f"mount {target.decode()}")


def detached_tmpfs(options: dict[bytes, bytes]) -> int:
    """A file system in memory that hangs nowhere yet; a descriptor of its root. Raises: OSError."""
    system = _ok(syscall(_FSOPEN, b"tmpfs", 1), "fsopen")
    try:
        for key, value in options.items():
            _ok(syscall(_FSCONFIG, system, 1, key, value, 0), f"tmpfs {key.decode()}")
        _ok(syscall(_FSCONFIG, system, 6, None, None, 0), "tmpfs")
        return _ok(syscall(_FSMOUNT, system, 1, NOSUID | NODEV), "fsmount")
    finally:
        os.close(system)


def attach(mounted: int, target: bytes) -> None:
    """Hangs a detached file system under a path. Raises: OSError naming it."""
    _ok(syscall(_MOVE_MOUNT, mounted, b"", -100, target, 4), f"mount {target.decode()}")


def close_from(first: int) -> None:
    """Closes every descriptor from here on."""
    if syscall(_CLOSE_RANGE, first, 0xFFFF_FFFF, 0) < 0:
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def dumpable(yes: bool) -> None:
    """Whether others of the same user may look into this process."""
    _libc.prctl(_SET_DUMPABLE, int(yes), 0, 0, 0)


def adopt() -> None:
    """Orphans among this process's descendants become its children."""
    _libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent() -> None:
    """This process is killed when the one that forked it ends."""
    _libc.prctl(_PDEATHSIG, 9, 0, 0, 0)


def no_privileges() -> None:
    """No capability is left and none can be had again. Raises: OSError."""
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    _libc.prctl(_CAP_AMBIENT, 4, 0, 0, 0)
    _ok(_libc.capset(struct.pack("Ii", 0x2008_0522, 0), b"\0" * 24), "capset")
    _ok(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def filter_calls(program: ctypes.Structure) -> None:
    """Sets a seccomp filter for good. Raises: OSError."""
    _ok(_libc.prctl(_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "seccomp")


class _Rights(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


READ = 0b1101
"""Landlock: run, read a file, list a folder."""
WRITE_FILE = 1 << 1
_OF_FILES = 0b111 | 1 << 14 | 1 << 15
_WRITES = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_BY_ABI = ((2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""From which version on a further right can be handled: refer, truncate, device ioctl."""


def landlock_abi() -> int:
    """The version of Landlock this kernel has; 0 = none."""
    return max(0, syscall(_LANDLOCK_CREATE, None, 0, 1))


def landlock(abi: int, writable: tuple[str, ...], files: tuple[str, ...], readable: tuple[str, ...] | None) -> None:
    """Nothing can be written but below ``writable`` and to ``files``; no TCP; no abstract socket or signal goes out.

    ``readable``: read and run only below these; None = mounts decide. Raises: OSError.
    """
    rights = _WRITES | sum(right for since, right in _BY_ABI if abi >= since)
    truncate = (1 << 14) if abi >= 3 else 0
    handled = rights | (READ if readable is not None else 0)
    asked = _Rights(handled, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = _ok(syscall(_LANDLOCK_CREATE, ctypes.byref(asked), size, 0), "landlock")
    for path in writable:
        _allow(rules, path, handled)
    for path in files:
        _allow(rules, path, handled & (WRITE_FILE | truncate | 0b100))
    for path in readable or ():
        _allow(rules, path, READ)
    _ok(syscall(_LANDLOCK_RESTRICT, rules, 0), "landlock")
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        beneath = _Beneath(rights if folder else rights & _OF_FILES, fd)
        _ok(syscall(_LANDLOCK_RULE, rules, 1, ctypes.byref(beneath), 0), f"landlock {path}")
    finally:
        os.close(fd)
