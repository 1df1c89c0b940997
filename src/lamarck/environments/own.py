"""A user's own environment, from a Python file. The file runs in this process, with full rights."""

from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

from lamarck.core import Environment, UsageError
from lamarck.data.own import guarded, run_file

MEMBERS = ("ability", "check", "examples", "key", "name", "protected", "tasks")
"""What makes an object an `Environment`."""


def from_file(name: str) -> Environment:
    """The environment of a file: what its function `environment()` returns, or its one environment.

    In: path of a Python file. Without such a function the file must hold exactly one class (made
    without arguments) or one object that has all members of `Environment`; imported classes do not count.
    Raises: UsageError that says what the file lacks, or where it failed.
    """
    module = run_file(name, "environment")
    build = getattr(module, "environment", None)
    found = [build] if callable(build) else _candidates(module)
    if len(found) != 1:
        names = ", ".join(getattr(one, "__name__", type(one).__name__) for one in found) or "none"
        raise UsageError(
            f"{name} must hold exactly one environment, found {names}; write a class with "
            f"{', '.join(MEMBERS)}, or a function environment() that returns an object with them"
        )
    made = guarded(Path(name), found[0]) if callable(found[0]) else found[0]
    if lacking := [member for member in MEMBERS if not hasattr(made, member)]:
        raise UsageError(f"{name}: its environment lacks {', '.join(lacking)}; see lamarck.core.Environment")
    return made


def _candidates(module: ModuleType) -> list[Any]:
    """Environments the file holds, each once; an object counts rather than the class it is of."""
    members = {id(one): one for name, one in vars(module).items() if not name.startswith("_")}.values()
    complete = [one for one in members if all(hasattr(one, member) for member in MEMBERS)]
    objects = [one for one in complete if not isclass(one)]
    return objects or [one for one in complete if isclass(one) and one.__module__ == module.__name__]
