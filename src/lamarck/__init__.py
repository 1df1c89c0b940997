"""Lamarck: the self-evolution cycle of large language models, run for real on your own model."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Read when torch is first imported; at these sizes a second thread makes everything slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")

if TYPE_CHECKING:
    from lamarck.api import Answer, Champion, Live, Run, evaluate, open, plan, resume, run

__version__ = "0.1.0"
__all__ = ["Answer", "Champion", "Live", "Run", "__version__", "evaluate", "open", "plan", "resume", "run"]


def __getattr__(name: str) -> Any:
    """The API, imported when first asked for, so that ``import lamarck`` stays light."""
    if name in __all__:
        return getattr(import_module("lamarck.api"), name)
    raise AttributeError(f"module 'lamarck' has no attribute '{name}'")
