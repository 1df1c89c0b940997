"""Runs hostile and benign programs and says which were not dealt with as they should.

Also a program: `python battery.py` runs all of it as whoever starts it and prints what went wrong as JSON.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import tempfile
import tomllib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamarck.sandbox import Case, Limits, Program, Result, Sandbox

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
    """A file that everybody may read, a folder that everybody may write to, and three sockets that listen."""
    os.environ["SANDBOX_CANARY"] = CANARY
    with tempfile.TemporaryDirectory() as name, socket.socket() as port, _unix() as unix, _unix() as abstract:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text("of the user's")
        port.bind(("127.0.0.1", 0))
        unix.bind(f"{folder}/socket")
        abstract.bind(f"\0{CANARY[:8]}")
        for one in (port, unix, abstract):
            one.listen()
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
        assert not (folder / "dropped").exists()


def _unix() -> socket.socket:
    return socket.socket(socket.AF_UNIX)


def faults(snippet: Snippet, sandbox: Sandbox, scene: Scene) -> list[str]:
    """What went wrong with one snippet; nothing where it was dealt with."""
    expected: Any = {"cheat": f"EXPECTED-{secrets.token_hex(16)}", "benign": True}.get(snippet.kind, "never")
    result = sandbox.run(scene.program(snippet), [Case(expected=expected)], LIMITS)
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
    if result.seconds > LIMITS.seconds + 3:
        yield f"it took {result.seconds:.1f} s"


def main() -> None:
    """All of it, as whoever this is."""
    bad: dict[str, list[str]] = {}
    with Sandbox(workers=1) as sandbox, scene() as where:
        for snippet in (*snippets("hostile.toml"), *snippets("benign.toml")):
            if not snippet.packages and (len(sys.argv) < 2 or snippet.quick):
                bad[snippet.name] = faults(snippet, sandbox, where)
        tier = sandbox.layers.tier
    wrong = {name: said for name, said in bad.items() if said}
    print(json.dumps({"user": os.getuid(), "tier": tier, "tried": len(bad), "bad": wrong}))


if __name__ == "__main__":
    main()
