"""What makes a run worth believing: the gate; monitors and leakage checks join it."""

from lamarck.trust.gate import Guard, Strict
from lamarck.trust.never import Never
from lamarck.trust.open import Open

__all__ = ["Guard", "Never", "Open", "Strict"]
