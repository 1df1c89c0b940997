"""How a server comes to be: found by its address, or started and waited for."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lamarck.core import PausedRun, UsageError
from lamarck.models.endpoint.address import Address, Key, address
from lamarck.models.vllm.command import HOST, command, environment
from lamarck.models.vllm.control import Control, Unreachable
from lamarck.models.vllm.failing import ServerFailed, tail, why
from lamarck.models.vllm.folders import Weights
from lamarck.models.vllm.options import Options
from lamarck.models.vllm.process import Process, free
from lamarck.models.vllm.server import Server
from lamarck.models.vllm.target import VllmTarget

POLL_S = 0.1
TELL_S = 10.0
"""Between two lines about a server that is starting."""
MakeTarget = Callable[[str, Address, Key], VllmTarget]
"""(the server's name for its base, where it is, its key) -> how it is called."""


def to_stderr(line: str) -> None:
    """Tell a line of progress."""
    print(f"vllm: {line}", file=sys.stderr, flush=True)


def where_of(url: str, options: Options) -> Address:
    """The address that calls go to, of one typed with or without its ``/v1``. Raises: UsageError."""
    return address(f"{url.removesuffix('/').removesuffix('/v1')}/v1", plain=options.allow_http)


def key_of(options: Options) -> Key:
    """The key of servers found by their address. Raises: UsageError where its variable is not set."""
    value = os.environ.get(options.key, "").strip() if options.key else ""
    if options.key and not value:
        raise UsageError(f"--vllm key={options.key}: that variable is not set; type: export {options.key}=...")
    return Key(value)


def reached(base: Weights, options: Options, target: MakeTarget) -> Server:
    """Somebody else's server. Raises: Unreachable, UsageError."""
    where, key = where_of(base.url, options), key_of(options)
    return Server(base, Control(where, key), lambda name: target(name, where, key), None)


def begun(
    base: Weights,
    options: Options,
    log: Path,
    target: MakeTarget,
    *,
    tell: Callable[[str], None],
    over: Callable[[], bool],
) -> Server:
    """Start a server and wait until it answers. In: what says that nobody wants it any longer.

    Raises: ServerFailed with the line of its log that says why; UsageError where its port is taken.
    """
    port, secret = free(options.port), secrets.token_urlsafe(24)
    where, key = address(f"http://{HOST}:{port}/v1"), Key(secret)
    tell(f"starting a server for {base.folder} (its log: {log})")
    words = command(base.folder, base.version, port, options)
    process, control = Process(words, environment(secret, options), log), Control(where, key)
    try:
        _await(base, options, process, control, tell, over)
        rank = options.rank if options.lora else 0
        return Server(base, control, lambda name: target(name, where, key), process, rank)
    except BaseException:
        process.stop()
        raise


def _await(
    base: Weights,
    options: Options,
    process: Process,
    control: Control,
    tell: Callable[[str], None],
    over: Callable[[], bool],
) -> None:
    """Return once the server answers under its name, telling how it goes."""
    began = told = time.monotonic()
    while not (control.well() and _serves(control, base.version)):
        now = time.monotonic()
        if not process.alive:
            said = f"the vLLM server of {base.folder} did not start (exit code {process.stop()}); {why(process.log)}"
            raise ServerFailed(f"{said}; its log: {process.log}")
        if over():
            raise PausedRun("stopped while a vLLM server was starting")
        if now - began > options.start_s:
            said = f"the vLLM server of {base.folder} did not answer within {options.start_s:g} s"
            raise ServerFailed(f"{said}; wait longer with --vllm start_s=3600, or see its log: {process.log}")
        if now - told > TELL_S:
            told = now
            last = (tail(process.log).strip().splitlines() or ["nothing yet"])[-1]
            tell(f"still starting after {now - began:.0f} s; it says: {last[:160]!r}")
        time.sleep(POLL_S)
    tell(f"{base.folder.name} answers after {time.monotonic() - began:.0f} s")


def _serves(control: Control, name: str) -> bool:
    try:
        return any(served.name == name for served in control.models())
    except (Unreachable, UsageError):  # another program's server, or not yet quite there
        return False
