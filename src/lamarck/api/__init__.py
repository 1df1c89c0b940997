"""Lamarck from Python: :func:`run`, :func:`resume`, :func:`evaluate`, :func:`plan`, and what a run left behind."""

from lamarck.api.planning import Amount, Line, Plan, plan
from lamarck.api.results import Champion, Run
from lamarck.api.running import resume, run
from lamarck.api.scoring import evaluate

__all__ = ["Amount", "Champion", "Line", "Plan", "Run", "evaluate", "plan", "resume", "run"]
