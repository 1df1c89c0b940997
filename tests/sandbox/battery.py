"""Runs hostile and benign programs and says which were not dealt with as they should.

Also a program: `python battery.py` runs all of it as whoever starts it and prints what went wrong as JSON. With
`--bare` it runs without namespaces (tier 2); with `--only WORD` the snippets whose names hold the word.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import socket
import tempfile
import tomllib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lamarck.sandbox import Case, Limits, Program, Result, Sandbox, probe

HERE = Path(__file__).parent
LIMITS = Limits(seconds=2.0, memory_mb=400)
CONTROL = Program(code="def f():\n    return 'well'", entry="f")
CANARY = secrets.token_hex(16)


@dataclass(frozen=True, kw_only=True)
class Snippet:
    name: str
    code: str
    kind: str = "benign"
    quick: bool = False
    outcome: tuple[str, ...] = ()
    collect: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    spaces: bool = False
    """Whether it needs namespaces: what it does is known to be lost without them."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What lies outside for a program to reach."""

    words: dict[str, str] = field(default_factory=dict[str, str])

    def program(self, snippet: Snippet) -> Program:
        code = snippet.code
        for name, value in self.words.items():
            code = code.replace(f"{{{{{name}}}}}", value)
        return Program(code=code, entry="f", collect=snippet.collect)


def snippets(file: str) -> list[Snippet]:
    rows = tomllib.loads((HERE / file).read_text(encoding="utf-8"))["snippet"]
    lists = ("outcome", "collect", "packages")
    fields: list[dict[str, Any]] = [{**row, **{name: tuple(row.get(name, ())) for name in lists}} for row in rows]
    return [Snippet(**row) for row in fields]


@contextmanager
def scene() -> Generator[Scene]:
    """A file that everybody may read, a folder that everybody may write to, and sockets that everybody may talk to."""
    os.environ["SANDBOX_CANARY"] = CANARY
    with (
        tempfile.TemporaryDirectory() as name,
        socket.socket() as port,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letters,
    ):
        folder = Path(name)
        (folder / "secret").write_text("of the user's")
        port.bind(("127.0.0.1", 0))
        unix.bind(f"{folder}/socket")
        letters.bind(f"{folder}/letters")
        abstract.bind(f"\0{CANARY[:8]}")
        for one in (port, unix, abstract):
            one.listen()
        for path in (folder, folder / "socket", folder / "letters"):
            path.chmod(0o777)
        before = _state(folder)
        yield Scene(
            words={
                "SECRET": f"{folder}/secret",
                "FOLDER": str(folder),
                "CANARY": CANARY,
                "YRANAC": CANARY[::-1],
                "PORT": str(port.getsockname()[1]),
                "ABSTRACT": CANARY[:8],
                "PID": str(os.getpid()),
            }
        )
        assert _state(folder) == before, "what lies outside was changed"


def _state(folder: Path) -> dict[str, tuple[float, ...]]:
    """Mode, owner, size and time of a folder and of all in it, and the limits of this process."""
    found: dict[str, tuple[float, ...]] = {}
    for path in (folder, *folder.iterdir()):
        seen = path.stat()
        found[path.name] = (seen.st_mode, seen.st_uid, seen.st_size, seen.st_mtime)
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU):
        found[f"limit {which}"] = resource.getrlimit(which)
    found["turn"] = (os.getpriority(os.PRIO_PROCESS, 0), len(os.sched_getaffinity(0)))
    return found


def faults(snippet: Snippet, sandbox: Sandbox, scene: Scene) -> list[str]:
    """What went wrong with one snippet; nothing where it was dealt with."""
    expected: Any = {"cheat": f"EXPECTED-{secrets.token_hex(16)}", "benign": True}.get(snippet.kind, "never")
    limits = replace(LIMITS, seconds=10.0) if snippet.kind == "benign" else LIMITS  # the machine may be busy
    result = sandbox.run(scene.program(snippet), [Case(expected=expected)], limits)
    found = list(_judged(snippet, result))
    if snippet.kind != "benign":
        after = sandbox.run(CONTROL, [Case(expected="well")])
        if not after.passed:
            found.append(f"the next run was harmed: {after.outcome} {after.reason}")
    return found


def _judged(snippet: Snippet, result: Result) -> Iterator[str]:
    if result.outcome == "error" or result.attempts > 1:
        yield f"the sandbox failed: {result.reason}"
    if (snippet.kind == "benign") != result.passed:
        yield f"{result.outcome}: {result.reason} {result.output[-300:]} {result.checks[0].traceback[-500:]}"
    if snippet.kind == "reach" and any(check.value for check in result.checks):
        yield "it got what it wanted"
    if snippet.kind != "benign" and result.files:
        yield f"files came out: {list(result.files)}"
    if snippet.outcome and result.outcome not in snippet.outcome:
        yield f"{result.outcome}, not {' or '.join(snippet.outcome)}: {result.reason}"
    if snippet.kind != "benign" and result.seconds > LIMITS.seconds + 3:
        yield f"it took {result.seconds:.1f} s"


def main() -> None:
    """All of it, as whoever this is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if asked.bare:
        probe.bubblewrap = lambda: ""
    bad: dict[str, list[str]] = {}
    with Sandbox(workers=1) as sandbox, scene() as where:
        tier = sandbox.layers.tier
        for snippet in (*snippets("hostile.toml"), *snippets("benign.toml")):
            if not snippet.packages and asked.only in snippet.name and not (snippet.spaces and tier > 1):
                bad[snippet.name] = faults(snippet, sandbox, where)
    wrong = {name: said for name, said in bad.items() if said}
    print(json.dumps({"user": os.getuid(), "tier": tier, "tried": len(bad), "bad": wrong}))


if __name__ == "__main__":
    main()
