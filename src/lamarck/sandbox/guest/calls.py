"""Programs whose functions are called, scripts, and commands."""

from __future__ import annotations

import atexit
import linecache
import os
import sys
import threading
from types import ModuleType
from typing import Any

from lamarck.sandbox.guest import confine, values
from lamarck.sandbox.guest.answers import Answers, fault

FILE = "<program>"
MODULE = "solution"


def module(code: str, name: str = MODULE, file: str = FILE) -> ModuleType:
    """An empty module that the source will be run in; tracebacks show its lines."""
    made = ModuleType(name)
    sys.modules[name] = made
    remember(code, file)
    return made


def remember(code: str, file: str) -> None:
    """Lets tracebacks and ``inspect`` see the lines of a text that lies in no file."""
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)


def resolve(made: ModuleType, entry: str) -> Any:
    """The entry: a name, or ``Solution().method``. Raises: NameError."""
    found: Any = made
    for at, part in enumerate(entry.split(".")):
        name = part.removesuffix("()")
        try:
            found = getattr(found, name)
        except AttributeError:
            where = "the program" if not at else ".".join(entry.split(".")[:at])
            raise NameError(f"{where} has no '{name}'") from None
        if part.endswith("()"):
            found = found()
    return found


def call(task: dict[str, Any], answers: Answers) -> None:
    """Loads the program and calls its entry once for each case."""
    encode, decode = values.dumps, values.loads
    code = task["code"]
    made = module(code)
    try:
        exec(compile(code, FILE, "exec"), made.__dict__)
        entry = resolve(made, task["entry"]) if task["entry"] else None
    except BaseException as error:
        answers.line(unloaded=fault(error, FILE))
        return
    answers.line(loaded=True)
    for case in task["cases"]:
        arguments, keywords = decode(case)
        try:
            assert entry is not None
            encoded = encode(entry(*arguments, **keywords))
        except BaseException as error:
            answers.line(raised=fault(error, FILE))
        else:
            answers.value(encoded)


def script(task: dict[str, Any], answers: Answers) -> None:
    """Runs the program as ``__main__``, to the end of its threads and exit functions."""
    code = task["code"]
    made = module(code, "__main__")
    try:
        exec(compile(code, FILE, "exec"), made.__dict__)
        status: Any = 0
    except SystemExit as leaving:
        status = leaving.code
    except BaseException as error:
        answers.line(unloaded=fault(error, FILE))
        return
    if status is not None and not isinstance(status, int):
        sys.stderr.write(f"{status}\n")
        status = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - there is no other way to end as a script does
    answers.line(ended=int(status or 0))


def command(task: dict[str, Any], answers: Answers) -> None:
    """Becomes another program; its exit status is the answer."""
    words = list(task["command"])
    if words[0] in ("python", "python3"):
        words[0] = sys.executable
    os.set_inheritable(confine.ANSWER, False)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        answers.line(unloaded=fault(error, FILE))
