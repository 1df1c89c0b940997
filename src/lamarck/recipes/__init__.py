"""The methods: flat, one file a paper, named as people say it. Read with :func:`load` and :func:`names`."""

from __future__ import annotations

import importlib
import pkgutil

from lamarck.core import Recipe, UsageError, unknown
from lamarck.data.own import run_file


def names() -> list[str]:
    """The names of all recipes that ship, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Recipe:
    """A recipe by name, or the one recipe of a user's own ``FILE.py``.

    Raises: UsageError for an unknown name (with the nearest), a missing file, or a file that does
    not hold exactly one recipe.
    """
    if name.endswith(".py"):
        return _from_file(name)
    if name not in names():
        raise unknown("recipe", name, names(), "type: lamarck recipes")
    return getattr(importlib.import_module(f"lamarck.recipes.{name}"), name)


def _from_file(name: str) -> Recipe:
    module = run_file(name, "recipe")
    found = [value for value in vars(module).values() if isinstance(value, Recipe)]
    if len(found) != 1:
        held = ", ".join(recipe.name for recipe in found) or "none"
        raise UsageError(f"{name} must hold exactly one @recipe function; it holds: {held}")
    return found[0]


__all__ = ["load", "names"]
