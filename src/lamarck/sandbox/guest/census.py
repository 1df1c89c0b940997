"""What the processes of a run use together, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

_COUNTED = (b"RssAnon:", b"RssShmem:", b"VmSwap:")


@dataclass(kw_only=True)
class Use:
    """Of one run."""

    memory_kb: int = 0
    """Memory that is there for it alone; pages shared among its own processes count in each."""
    tasks: int = 0
    """Processes and threads."""
    pids: list[int] = field(default_factory=list[int])


def census(roots: set[int], home: int = 0) -> dict[int, Use]:
    """The use of each root and of all that descend from it: an orphan's parent is the first of its pid namespace.

    Without such a namespace orphans come to ``home``, and count for each root.
    """
    parents: dict[int, int] = {}
    sizes: dict[int, tuple[int, int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        try:
            fd = os.open(f"/proc/{name}/status", os.O_RDONLY)
            try:
                text = os.read(fd, 4096)
            finally:
                os.close(fd)
            pid = int(name)
            parents[pid] = _number(text, b"\nPPid:")
            sizes[pid] = (sum(_number(text, b"\n" + what) for what in _COUNTED), _number(text, b"\nThreads:"))
        except (OSError, ValueError):  # it ended meanwhile
            continue
    uses = {root: Use() for root in roots}
    for pid, (memory, tasks) in sizes.items():
        root = _root(pid, parents, roots | {home})
        orphan = root == home and pid != home
        for one in roots if orphan else roots & {root or 0}:
            uses[one].memory_kb += memory
            uses[one].tasks += tasks
            uses[one].pids.append(pid)
    return uses


def _root(pid: int, parents: dict[int, int], roots: set[int]) -> int | None:
    seen = 0
    while pid not in roots:
        pid = parents.get(pid, 0)
        seen += 1
        if not pid or seen > len(parents):
            return None
    return pid


def tasks_of(user: int) -> int:
    """Processes and threads that a user has."""
    count = 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", "rb") as file:  # noqa: PTH123
                    text = file.read(4096)
            except OSError:
                continue
            count += _number(text, b"\nThreads:") if _number(text, b"\nUid:") == user else 0
    return count


def _number(text: bytes, key: bytes) -> int:
    at = text.find(key)
    if at < 0:
        return 0  # a process without memory: it is ending
    return int(text[at + len(key) :].split(None, 1)[0])
