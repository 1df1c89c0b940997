"""Who says what is right."""

from lamarck.operators.feedback.verifier import Verifier
from lamarck.operators.feedback.vote import Vote

__all__ = [
    "Verifier",
    "Vote",
]
