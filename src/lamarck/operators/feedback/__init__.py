"""Who says what is right."""

from lamarck.operators.feedback.verifier import Verifier

__all__ = [
    "Verifier",
]
