"""A user's own environment, from a Python file. The file runs in this process, with full rights."""

import sys
import traceback
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

from lamarck.core import Environment, UsageError

MEMBERS = ("ability", "check", "examples", "key", "name", "protected", "tasks")
"""What makes an object an `Environment`."""


def from_file(name: str) -> Environment:
    """The environment of a file: what its function `environment()` returns, or its one environment.

    In: path of a Python file. Without such a function the file must hold exactly one class (made
    without arguments) or one object that has all members of `Environment`; imported classes do not count.
    Raises: UsageError that says what the file lacks, or where it failed.
    """
    path = Path(name)
    if not path.is_file():
        raise UsageError(
            f"environment file {name} does not exist; give the path of a Python file, or type: lamarck init"
        )
    module = _run(path)
    build = getattr(module, "environment", None)
    found = [build] if callable(build) else _candidates(module)
    if len(found) != 1:
        names = ", ".join(getattr(one, "__name__", type(one).__name__) for one in found) or "none"
        raise UsageError(
            f"{name} must hold exactly one environment, found {names}; write a class with "
            f"{', '.join(MEMBERS)}, or a function environment() that returns an object with them"
        )
    made = _guarded(path, found[0]) if callable(found[0]) else found[0]
    if lacking := [member for member in MEMBERS if not hasattr(made, member)]:
        raise UsageError(f"{name}: its environment lacks {', '.join(lacking)}; see lamarck.core.Environment")
    return made


def _run(path: Path) -> ModuleType:
    name = f"lamarck_own_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file; its name must end in .py")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    _guarded(path, lambda: spec.loader and spec.loader.exec_module(module))
    return module


def _candidates(module: ModuleType) -> list[Any]:
    """Environments the file holds, each once; an object counts rather than the class it is of."""
    members = {id(one): one for name, one in vars(module).items() if not name.startswith("_")}.values()
    complete = [one for one in members if all(hasattr(one, member) for member in MEMBERS)]
    objects = [one for one in complete if not isclass(one)]
    return objects or [one for one in complete if isclass(one) and one.__module__ == module.__name__]


def _guarded(path: Path, call: Callable[[], Any]) -> Any:
    """What the user's code returns; where it fails, one line that names the place in their file."""
    try:
        return call()
    except UsageError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
        place = f"{path}, line {line}" if line else str(path)
        raise UsageError(f"{place}: {type(error).__name__}: {error}") from error
