"""Who says what is right."""

from lamarck.operators.feedback.critique import Critique
from lamarck.operators.feedback.judge import Judge
from lamarck.operators.feedback.likelihood import Likelihood
from lamarck.operators.feedback.prefer import Prefer
from lamarck.operators.feedback.reward import Reward
from lamarck.operators.feedback.unit_tests import UnitTests
from lamarck.operators.feedback.verifier import Verifier
from lamarck.operators.feedback.vote import Vote

__all__ = [
    "Critique",
    "Judge",
    "Likelihood",
    "Prefer",
    "Reward",
    "UnitTests",
    "Verifier",
    "Vote",
]
