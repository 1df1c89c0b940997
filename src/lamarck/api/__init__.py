"""Lamarck from Python: :func:`run`, :func:`resume`, :func:`evaluate`, :func:`plan`, and what a run left behind."""

from lamarck.api.planning import Amount, Line, Plan, plan
from lamarck.api.results import Champion, Run
from lamarck.api.running import evaluate, resume, run

__all__ = ["Amount", "Champion", "Line", "Plan", "Run", "evaluate", "plan", "resume", "run"]
