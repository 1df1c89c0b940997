"""A user's own Python file, run in this process with full rights; where it fails, the place in it is named."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from lamarck.core import LamarckError, UsageError


def run_file(name: str, what: str) -> ModuleType:
    """The module of a file. In: its path and what it should hold ("recipe"). Raises: UsageError."""
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no such file: {name}; give the path of a Python file with one {what}, or type: lamarck init")
    inside = f"lamarck_own_{path.stem}"
    spec = spec_from_file_location(inside, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file; its name must end in .py")
    module = module_from_spec(spec)
    sys.modules[inside] = module  # dataclasses look their module up there
    guarded(path, lambda: spec.loader and spec.loader.exec_module(module))
    return module


def guarded(path: Path, call: Callable[[], Any]) -> Any:
    """What the user's code returns; where it fails, one line that names the place in their file."""
    try:
        return call()
    except LamarckError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == path.resolve()]
        line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
        place = f"{path}, line {line}" if line else str(path)
        raise UsageError(f"{place}: {type(error).__name__}: {error}") from error
