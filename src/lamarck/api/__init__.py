"""Lamarck from Python: :func:`run`, :func:`resume`, :func:`evaluate`, :func:`plan`, :func:`open`, what a run left."""

from lamarck.api.opening import Answer, Live, open
from lamarck.api.planning import Amount, Line, Plan, plan
from lamarck.api.results import Champion, Run
from lamarck.api.running import resume, run
from lamarck.api.scoring import evaluate

__all__ = ["Amount", "Answer", "Champion", "Line", "Live", "Plan", "Run", "evaluate", "open", "plan", "resume", "run"]
