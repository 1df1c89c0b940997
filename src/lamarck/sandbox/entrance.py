"""Run as root, in a process of its own: shows files where another user can reach them, becomes that user, goes on.

What is to be seen inside may lie where only root can go (an interpreter under /root). It is opened here, shown in a
mount namespace that nobody else sees, and only then does the process give root up, for good.
"""

import ctypes
import json
import os
import stat
import sys

STAGE = "/tmp"
_libc = ctypes.CDLL(None, use_errno=True)


def _mount(source: bytes, target: str, system: bytes, flags: int, data: bytes) -> None:
    if _libc.mount(source, target.encode(), system, flags, data) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


def stage(sources: list[str]) -> list[str]:
    """Shows each source below STAGE. Raises: OSError where root may not mount (most containers)."""
    if not sources:
        return []
    if _libc.unshare(0x0002_0000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    _mount(b"none", "/", b"none", 0x0004_0000 | 0x4000, b"")
    opened = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in sources]  # before STAGE hides some of them
    _mount(b"tmpfs", STAGE, b"tmpfs", 2 | 4, b"mode=755,size=1m")
    shown: list[str] = []
    for at, fd in enumerate(opened):
        target = f"{STAGE}/{at}"
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            os.mkdir(target)  # noqa: PTH102
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(f"/proc/self/fd/{fd}".encode(), target, b"none", 0x1000 | 0x4000, b"")
        shown.append(target)
    return shown


def main() -> None:
    """In: a user id, the words of a command as JSON, and which of them are paths to show."""
    user, words, paths = int(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
    try:
        for at, shown in zip(paths, stage([words[at] for at in paths]), strict=True):
            words[at] = shown
    except OSError as error:
        sys.stderr.write(f"cannot stage ({error}); going on with paths as they are\n")
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execve(words[0], words, dict(os.environ))


if __name__ == "__main__":
    main()
