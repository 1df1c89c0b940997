"""One call, told block by block: which lines ran as one, and what the local variables were before and after.

A block is a stretch of lines that run one after the other: it ends at a branch, a loop's head begins one.
"""

from __future__ import annotations

import ast
import reprlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType, FunctionType, ModuleType
from typing import Any

from lamarck.sandbox.guest import values
from lamarck.sandbox.guest.answers import Answers, fault
from lamarck.sandbox.guest.calls import FILE, module, resolve

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 120
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxdict = 12
MOST_NAMES = 30


def blocks(source: str) -> dict[int, tuple[int, int, int]]:
    """For each line that runs: its block's number, first and last line. Raises: SyntaxError."""
    found: list[list[int]] = []
    _split(ast.parse(source).body, found)
    return {line: (at, lines[0], lines[-1]) for at, lines in enumerate(found) for line in lines}


def _split(body: list[ast.stmt], found: list[list[int]]) -> None:
    open_ = False  # whether the last block goes on
    for statement in body:
        inner = list(_bodies(statement))
        if not open_ or isinstance(statement, _LOOPS):
            found.append([])
        last = inner[0][0].lineno - 1 if inner else statement.end_lineno or statement.lineno
        found[-1] += range(statement.lineno, max(last, statement.lineno) + 1)
        for part in inner:
            _split(part, found)
        open_ = not inner and not isinstance(statement, _LEAVING)


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        part = getattr(statement, name, None)
        if part:
            yield part
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


@dataclass(kw_only=True)
class _Frame:
    """A call that goes on."""

    step: dict[str, Any] | None = None
    line: int = 0


@dataclass(kw_only=True)
class Tracer:
    """Keeps the first steps; then lets the program run on alone."""

    lines: dict[int, tuple[int, int, int]]
    most: int
    answers: Answers
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    frames: dict[FrameType, _Frame] = field(default_factory=dict[FrameType, _Frame])
    told: bool = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """For the interpreter, at each call and line."""
        if frame.f_code.co_filename != FILE or frame.f_code.co_name == "<module>" or self.told:
            return None
        if event == "line":
            self._line(frame)
        elif event == "return":
            self._end(self.frames.pop(frame, _Frame()), frame)
        return self

    def _line(self, frame: FrameType) -> None:
        state = self.frames.setdefault(frame, _Frame())
        block = self.lines.get(frame.f_lineno)
        goes_on = state.step and block and state.step["number"] == block[0] and frame.f_lineno > state.line
        state.line = frame.f_lineno
        if block is None or goes_on:
            return
        self._end(state, frame)
        if len(self.steps) >= self.most:
            self.tell(complete=False)
            sys.settrace(None)
            return
        state.step = {"number": block[0], "lines": block[1:], "before": _seen(frame), "after": {}}
        self.steps.append(state.step)

    def _end(self, state: _Frame, frame: FrameType) -> None:
        if state.step is not None:
            state.step["after"] = _seen(frame)
            state.step = None

    def tell(self, complete: bool) -> None:
        """Sends the steps, once: a program that never ends has told its first ones."""
        if not self.told:
            self.told = True
            self.answers.line(steps=self.steps, complete=complete)


def _seen(frame: FrameType) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in list(frame.f_locals.items())[:MOST_NAMES]:
        if isinstance(value, FunctionType | ModuleType | type):
            continue
        try:
            found[name[:80]] = _SHORT.repr(value)[:400]
        except Exception:
            found[name[:80]] = f"a {type(value).__name__} without a text"
    return found


def trace(task: dict[str, Any], answers: Answers) -> None:
    """Loads the program, calls it once under the tracer, and tells the value and the steps."""
    made = module(task["code"])
    try:
        exec(compile(task["code"], FILE, "exec"), made.__dict__)
        entry = resolve(made, task["entry"])
        lines = blocks(task["code"])
    except BaseException as error:
        answers.line(unloaded=fault(error, FILE))
        return
    answers.line(loaded=True)
    arguments, keywords = values.loads(task["cases"][0])
    tracer = Tracer(lines=lines, most=task["steps"], answers=answers)
    sys.settrace(tracer)
    try:
        encoded = values.dumps(entry(*arguments, **keywords))
    except BaseException as error:
        sys.settrace(None)
        tracer.tell(complete=True)
        answers.line(raised=fault(error, FILE))
    else:
        sys.settrace(None)
        tracer.tell(complete=True)
        answers.value(encoded)
