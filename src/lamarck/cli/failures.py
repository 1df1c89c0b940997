"""What goes wrong, as one line on standard error and an exit code; never a traceback in a user's face."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamarck.core import LamarckError, MissingExtra, PausedRun
from lamarck.data.secrets import hidden

CRASH = "crash.txt"
EXTRAS = {
    "local": ("torch", "transformers", "safetensors", "tokenizers", "peft"),
    "documents": ("pypdf",),
    "postgres": ("psycopg",),
    "report": ("matplotlib", "plotext"),
    "eval": ("lm_eval", "inspect_ai"),
}
"""Extra -> the packages it brings."""


def guarded(call: Callable[[], Any]) -> int:
    """The exit code of ``call``, which returns one (None is 0) or raises; prints what it raised."""
    try:
        return int(call() or 0)
    except KeyboardInterrupt:
        return told(PausedRun("stopped by Ctrl-C"))
    except BrokenPipeError:  # `lamarck lineage ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return told(error)


def told(error: Exception) -> int:
    """Print an error, a line a fault. Out: the exit code it means."""
    if os.environ.get("LAMARCK_DEBUG") == "1":
        print(hidden("".join(traceback.format_exception(error))), file=sys.stderr)
    if isinstance(error, LamarckError):
        message, code = str(error), error.exit_code
    elif hasattr(error, "format_message"):  # a word or flag that the parser refused
        message, code = _usage(error)
    else:
        crash = crashed(error, None)
        message, code = str(crash), crash.exit_code
    for line in hidden(message).splitlines() or [type(error).__name__]:
        print(f"lamarck: {_inert(line[:2000])}", file=sys.stderr)
    return code


def crashed(error: Exception, folder: Path | None) -> LamarckError:
    """An error nobody foresaw as one that reads in a line; the traceback goes to the run folder.

    A package that is not installed is no crash: that names the extra that brings it.
    """
    if isinstance(error, ModuleNotFoundError):
        package = str(error.name).partition(".")[0]
        for extra, packages in EXTRAS.items():
            if package in packages:
                return MissingExtra(f"what was asked for (no module {package})", extra)
    text = hidden("".join(traceback.format_exception(error)))
    path = folder / CRASH if folder and folder.is_dir() else None
    try:
        if path:
            path.write_text(text, encoding="utf-8")
        else:
            handle, name = tempfile.mkstemp(prefix="lamarck-crash-", suffix=".txt")
            path = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
        where = f"the traceback is in {path}; please report it, or type: LAMARCK_DEBUG=1 lamarck ..."
    except OSError:
        where = "its traceback could not be written; type: LAMARCK_DEBUG=1 lamarck ..."
    first = str(error).splitlines()[:1]
    return LamarckError(f"unexpected {type(error).__name__}{': ' + first[0] if first else ''}; {where}")


def place(path: str, error: Exception) -> str:
    """Where in a user's file something failed, and what: "mine.py, line 3: NameError: ..."."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == Path(path).name]
    line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
    return f"{path}{f', line {line}' if line else ''}: {type(error).__name__}: {error}"


def _inert(line: str) -> str:
    """The line with what would steer a terminal written out: a name may hold escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)


def _usage(error: Any) -> tuple[str, int]:
    message = " ".join(str(error.format_message()).split())
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "lamarck")
    return f"{message.rstrip('.')}; type: {command} --help", int(getattr(error, "exit_code", 2))
