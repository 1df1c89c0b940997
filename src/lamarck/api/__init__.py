"""Lamarck from Python: :func:`run`, :func:`resume`, :func:`evaluate`, and what a run left behind."""

from lamarck.api.results import Champion, Run
from lamarck.api.running import evaluate, resume, run

__all__ = ["Champion", "Run", "evaluate", "resume", "run"]
