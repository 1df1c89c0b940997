"""How experience changes the learner."""

from lamarck.operators.updating.sft import SFT

__all__ = [
    "SFT",
]
