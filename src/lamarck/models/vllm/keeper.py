"""Stands between Lamarck and a server it started: ends the server when Lamarck is gone. Run as a program.

It loads the standard library alone and knows nothing of the environment that the server runs in. It leads a process
group of its own, in which everything lives that the server starts, so that one signal ends all of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

EVERY_S = 0.2
GRACE_S = 10.0
"""That the server may take to end by itself."""
PR_SET_PDEATHSIG = 1


def main(parent: int, grace_s: float, command: list[str]) -> int:
    """Run a command until it ends, is told to end, or the parent is gone. Out: its exit code, as shells tell it."""
    ended = list[int]()
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_this)
    except OSError as error:
        print(f"{command[0]} cannot be run: {error.strerror}", flush=True)
        return 127
    while server.poll() is None and not ended and os.getppid() == parent:
        time.sleep(EVERY_S)
    if server.poll() is None:
        _end(server, grace_s)
    code = server.wait()
    return 128 - code if code < 0 else code


def _end(server: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask all of the group to end; then make it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    os.killpg(0, signal.SIGCONT)  # what is halted hears nothing
    try:
        server.wait(grace_s)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


def _die_with_this() -> None:
    """Where the system can, the server ends with this process too, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
