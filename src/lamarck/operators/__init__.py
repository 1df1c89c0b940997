"""The survey's headings as folders: one folder a phase, one class a file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

PHASES = ("objectives", "tasks", "solutions", "feedback", "refinement", "updating", "evaluation")
"""The folders, in the order of the cycle."""


def table() -> dict[str, Any]:
    """Every operator's class by its name as recipes say it: "refinement.Filter"."""
    modules = {phase: import_module(f"lamarck.operators.{phase}") for phase in PHASES}
    return {f"{phase}.{name}": getattr(m, name) for phase, m in modules.items() for name in m.__all__}


__all__ = ["PHASES", "table"]
