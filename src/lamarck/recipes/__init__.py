"""The methods: flat, one file a paper, named as people say it. Read with :func:`load` and :func:`names`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path

from lamarck.core import Recipe, UsageError, unknown


def names() -> list[str]:
    """The names of all recipes that ship, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Recipe:
    """A recipe by name, or the one recipe of a user's own ``FILE.py``.

    Raises: UsageError for an unknown name (with the nearest), a missing file, or a file that does
    not hold exactly one recipe.
    """
    if name.endswith(".py"):
        return _from_file(Path(name))
    if name not in names():
        raise unknown("recipe", name, names(), "type: lamarck recipes")
    return getattr(importlib.import_module(f"lamarck.recipes.{name}"), name)


def _from_file(path: Path) -> Recipe:
    if not path.is_file():
        raise UsageError(f"no such file: {path}; give the path of a Python file with one @recipe function")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found = [value for value in vars(module).values() if isinstance(value, Recipe)]
    if len(found) != 1:
        held = ", ".join(r.name for r in found) or "none"
        raise UsageError(f"{path} must hold exactly one @recipe function; it holds: {held}")
    return found[0]


__all__ = ["load", "names"]
