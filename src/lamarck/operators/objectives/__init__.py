"""Which objective the next round has."""

from lamarck.operators.objectives.fixed import Fixed
from lamarck.operators.objectives.most_mistakes import MostMistakes
from lamarck.operators.objectives.shift_norm import ShiftNorm
from lamarck.operators.objectives.weakest import Weakest

__all__ = [
    "Fixed",
    "MostMistakes",
    "ShiftNorm",
    "Weakest",
]
