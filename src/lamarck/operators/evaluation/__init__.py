"""How good the learner is."""

from lamarck.operators.evaluation.accuracy import Accuracy

__all__ = [
    "Accuracy",
]
