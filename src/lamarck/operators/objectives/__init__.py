"""Which objective the next round has."""

from lamarck.operators.objectives.fixed import Fixed
from lamarck.operators.objectives.shift_norm import ShiftNorm
from lamarck.operators.objectives.weakest import Weakest

__all__ = [
    "Fixed",
    "ShiftNorm",
    "Weakest",
]
