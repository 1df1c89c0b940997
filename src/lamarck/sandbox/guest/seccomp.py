"""The system calls that a program is not given, as a filter for the kernel, for x86_64 and aarch64.

A list of what is denied: programs start others (compilers, shells), whose needs nobody can list. Calls newer than the
table are unknown to it and are answered "not implemented", as by an older kernel.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

# name: (number on x86_64, number on aarch64); None = that machine has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes, and what can be done to them
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    # large parts of the kernel that programs do not need
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "userfaultfd": (323, 282),
    "seccomp": (317, 277),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "lookup_dcookie": (212, 18),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "nfsservctl": (180, 42),
    "vmsplice": (278, 75),
    # memory and storage that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "mlockall": (151, 230),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
}
# Landlock does not rule on these, and only mounts keep them from the files of the user who runs all this
OF_FILES: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}
OWNERS: dict[str, tuple[int | None, int | None]] = {
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
}
# name: (number, number, which argument says whose); nor on these, and only a pid namespace keeps them from others
OF_OTHERS: dict[str, tuple[int, int, int]] = {
    "prlimit64": (302, 261, 0),
    "setpriority": (141, 140, 1),
    "ioprio_set": (251, 30, 1),
    "sched_setaffinity": (203, 122, 0),
    "sched_setscheduler": (144, 119, 0),
    "sched_setparam": (142, 118, 0),
    "sched_setattr": (314, 274, 0),
}
NEWEST = 462
"""The last call the table knows (mseal)."""
_NAMESPACES = 0x7E02_0080
"""Every CLONE_NEW... flag."""
_UNIX, _NONE, _STREAM = 1, 0xFFFF, 1
_TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into somebody's terminal."""
_SHARED, _ANONYMOUS = 0x01, 0x20

_LOAD, _EQUAL, _ABOVE, _BITS, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_DONE, _EPERM, _ENOSYS, _EAFNOSUPPORT = _ERRNO, _ERRNO | 1, _ERRNO | 38, _ERRNO | 97


@dataclass(frozen=True, kw_only=True)
class _Machine:
    column: int
    audit: int
    clone: int
    clone3: int
    socket: int
    socketpair: int
    ioctl: int
    mmap: int


MACHINES = {
    "x86_64": _Machine(column=0, audit=0xC000_003E, clone=56, clone3=435, socket=41, socketpair=53, ioctl=16, mmap=9),
    "aarch64": _Machine(
        column=1, audit=0xC000_00B7, clone=220, clone3=435, socket=198, socketpair=199, ioctl=29, mmap=222
    ),
}

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filters", ctypes.POINTER(_Filter)))


def compiled(instructions: list[Instruction]) -> ctypes.Structure:
    """What the kernel takes."""
    lines = (_Filter * len(instructions))(*(_Filter(*one) for one in instructions))
    return _Program(len(instructions), lines)


def instructions(machine: str, *, named_sockets: bool = True, bare: bool = False) -> list[Instruction]:
    """The filter of a machine. ``named_sockets``: Unix sockets that can be bound; pairs are always had.

    ``bare``: no namespaces are around, so that what only they would stop is denied too: sockets with names, and what
    can be done to other processes and to files that can be named but not opened.

    Raises: KeyError for a machine it has no table for.
    """
    here = MACHINES[machine]
    numbers = sorted(number for both in DENIED.values() if (number := both[here.column]) is not None)
    found: list[Instruction] = [
        (_LOAD, 0, 0, 4),  # another architecture's calls have other numbers
        (_EQUAL, 1, 0, here.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_ABOVE, 0, 1, 0x3FFF_FFFF),  # x32 on x86_64
        (_RETURN, 0, 0, _KILL),
        (_ABOVE, 0, 1, NEWEST),
        (_RETURN, 0, 0, _ENOSYS),
    ]
    for number in numbers:
        found += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    # the flags of clone3 lie in memory where no filter can look: the C library falls back to clone
    found += [(_EQUAL, 0, 1, here.clone3), (_RETURN, 0, 0, _ENOSYS)]
    found += _when(here.clone, [_argument(0), (_BITS, 0, 1, _NAMESPACES), (_RETURN, 0, 0, _EPERM)])
    for call, family in ((here.socket, _UNIX if named_sockets and not bare else _NONE), (here.socketpair, _UNIX)):
        found += _when(call, [_argument(0), (_EQUAL, 1, 0, family), (_RETURN, 0, 0, _EAFNOSUPPORT)])
    if bare:
        found += _bare(here)
    for request in _TERMINAL:
        found += _when(here.ioctl, [_argument(1), (_EQUAL, 0, 1, request), (_RETURN, 0, 0, _EPERM)])
    # shared anonymous memory belongs to no process: it stays when it leaves every count of resident pages
    found += _when(
        here.mmap, [_argument(3), (_BITS, 0, 2, _ANONYMOUS), (_BITS, 0, 1, _SHARED), (_RETURN, 0, 0, _EPERM)]
    )
    return [*found, (_RETURN, 0, 0, _ALLOW)]


def _bare(here: _Machine) -> list[Instruction]:
    found: list[Instruction] = []
    # modes and times are answered as done: programs that copy a file set them, and need not know that they could not
    for table, answer in ((OF_FILES, _DONE), (OWNERS, _EPERM)):
        for both in table.values():
            if (number := both[here.column]) is not None:
                found += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    for three in OF_OTHERS.values():
        found += _when(three[here.column], [_argument(three[2]), (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _EPERM)])
    # a datagram of a pair can be sent to any name
    kind = [_argument(1), (_AND, 0, 0, 0xF), (_EQUAL, 1, 0, _STREAM), (_RETURN, 0, 0, _EAFNOSUPPORT)]
    return found + _when(here.socketpair, kind)


def _argument(which: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * which)  # the lower half, on machines with the low byte first


def _when(call: int, then: list[Instruction]) -> list[Instruction]:
    """If the call is this one, these; the number is loaded again after them."""
    return [(_EQUAL, 0, len(then) + 1, call), *then, (_LOAD, 0, 0, 0)]
